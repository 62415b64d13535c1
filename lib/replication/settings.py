"""Settings of the replication stages."""

from lib.settings import Settings


class NegativeControlStage(Settings):
    """Parameters of `replication/03_negative_controls`.

    Every model is trained `trainings` times on permuted labels, each time with another permutation
    and another seed, and as often on true labels. The seed is for the permutations.
    """

    seed: int
    trainings: int


class PowerStage(Settings):
    """Parameters of `replication/04_power`.

    At each of the `strengths` of an effect as many corpora are drawn as `draws` says there; on each
    the network is trained `trainings` times. The seed is for the corpora.
    """

    seed: int
    strengths: list[float]
    draws: list[int]
    trainings: int


class VerdictStage(Settings):
    """Parameters of `replication/02_verdicts`: only the seed that is stored with results."""

    seed: int


class IntervalStage(Settings):
    """Parameters of `replication/05_intervals`.

    For each number of `trainings`, `simulations` data sets with intervals and `level_simulations`
    with tests are drawn, and `label_simulations` with label sets, of so many `people` and of the
    release's. `deviations` are standard deviations of a share over trainings, beside the one that
    the papers print.
    """

    seed: int
    trainings: list[int]
    deviations: list[float]
    simulations: int
    level_simulations: int
    people: list[int]
    label_simulations: int
