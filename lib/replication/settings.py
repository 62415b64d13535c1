"""Settings of the replication stages."""

from lib.settings import Settings


class ControlStage(Settings):
    """Parameters of `replication/01_controls`.

    Attributes
    ----------
    seed : int
        For the permuted labels, the bootstrap and the simulations.
    folds, epochs : int
        Folds of each cross-validation, and largest number of epochs, on permuted labels.
    simulations : int
        Number of data sets on which two equally good models are compared.
    """

    seed: int
    folds: int
    epochs: int
    bootstrap_draws: int
    simulations: int


class VerdictStage(Settings):
    """Parameters of `replication/02_verdicts`: only the seed that is stored with results."""

    seed: int
