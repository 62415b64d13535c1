"""Settings of stages that are the same in every paper."""

from lib.settings import Settings


class TestStage(Settings):
    """Parameters of `04_t_tests`: pairs of experiments, the first tested against the second."""

    __test__ = False

    pairs: list[tuple[str, str]]
    alpha: float
