"""Every pair of the table."""

from tests.benchmarks import features, statistics, training

PAIRS = [*features.PAIRS, *statistics.PAIRS, *training.PAIRS]
