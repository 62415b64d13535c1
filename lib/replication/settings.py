"""Settings of the replication stages."""

from lib.settings import Settings


class ControlStage(Settings):
    """Parameters of `replication/01_controls`.

    On permuted labels, only the first `folds` of each cross-validation are trained, for at most
    `epochs`. `simulations` is the number of data sets on which two equally good models are
    compared. The seed is for the permutation and the simulations.
    """

    seed: int
    folds: int
    epochs: int
    simulations: int


class VerdictStage(Settings):
    """Parameters of `replication/02_verdicts`: only the seed that is stored with results."""

    seed: int
