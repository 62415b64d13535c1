"""Settings of the replication stages."""

from lib.settings import Settings


class ControlStage(Settings):
    """Parameters of `replication/01_controls`.

    `simulations` is the number of data sets on which two equally good models are compared. The seed
    is for the simulations, and for the random scores that give the chance of label sets.
    """

    seed: int
    simulations: int


class VerdictStage(Settings):
    """Parameters of `replication/02_verdicts`: only the seed that is stored with results."""

    seed: int
