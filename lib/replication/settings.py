"""Settings of the replication stages."""

from lib.settings import Settings


class ControlStage(Settings):
    """Parameters of `replication/01_controls`.

    `simulations` is the number of data sets on which two equally good models are compared; the seed
    is for them.
    """

    seed: int
    simulations: int


class NegativeControlStage(Settings):
    """Parameters of `replication/03_negative_controls`.

    Every model is trained `trainings` times on permuted labels, each time with another permutation
    and another seed, and as often on true labels. The seed is for the permutations.
    """

    seed: int
    trainings: int


class PowerStage(Settings):
    """Parameters of `replication/04_power`.

    At each of the `strengths` of an effect `draws` corpora are drawn, at strength 0 `null_draws`;
    on each the network is trained `trainings` times. The seed is for the corpora.
    """

    seed: int
    strengths: list[float]
    draws: int
    null_draws: int
    trainings: int


class VerdictStage(Settings):
    """Parameters of `replication/02_verdicts`: only the seed that is stored with results."""

    seed: int
