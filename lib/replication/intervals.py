"""How well intervals and tests hold at the sizes of the papers' own studies."""

from collections.abc import Mapping
from itertools import product
from typing import Any, NamedTuple

import pandas as pd

from lib.evaluation.coverage import CoverageSettings, coverage, label_coverage
from lib.evaluation.simulations import NullSettings, null_rejection_rates
from lib.published.detectable import DESIGNS, training_spread
from lib.published.tables import value
from lib.replication.settings import IntervalStage

TEST_SHARE = 0.2
"""Part of EMOTIC's people that the release tests on."""


class Study(NamedTuple):
    """Studies of one size: their names, the people or recordings, and the samples of each."""

    study: str
    clusters: int
    size: int


def studies() -> list[Study]:
    """The papers' studies. Values over time count as independent every ten seconds."""
    named: dict[tuple[int, int], list[str]] = {}
    for name, own in DESIGNS.items():
        sizes = round(own.clusters), round(own.samples / own.clusters)
        named.setdefault(sizes, []).append(name)
    return [Study(", ".join(names), *sizes) for sizes, names in named.items()]


def coverages(stage: IntervalStage) -> pd.DataFrame:
    """Coverage of intervals for every study, number of trainings and standard deviation over them.

    The standard deviations of a share are the one that the papers print, and the stage's.
    Fields of `Study`, ``trainings``, ``deviation``, and those of
    `lib.evaluation.coverage.coverage`.
    """
    tables, default = {}, CoverageSettings()
    spreads = [training_spread(), *stage.deviations]
    for study, trainings, deviation in product(studies(), stage.trainings, spreads):
        sizes = (study.clusters, study.size, trainings)
        spread = deviation / (default.share * (1 - default.share))  # on the logit scale
        own = default.model_copy(update={"training_spread": spread, "pair_spread": spread})
        table = coverage(*sizes, stage.simulations, stage.seed, own)
        tables[(*study, trainings, deviation)] = table
    return _joined(tables, [*Study._fields, "trainings", "deviation"])


def levels(stage: IntervalStage) -> pd.DataFrame:
    """How often tests find a difference between equally good models, for every study.

    Fields of `Study`, and those of `lib.evaluation.simulations.null_rejection_rates`.
    """
    tables: dict[tuple[Any, ...], pd.DataFrame] = {}
    for study in studies():
        own = NullSettings(clusters=study.clusters, cluster_size=study.size)
        tables[study] = null_rejection_rates(stage.trainings, stage.level_simulations, stage.seed, own)
    table = _joined(tables, [*Study._fields])
    table.insert(len(Study._fields), "repeats", table.pop("repeats"))
    return table


def label_coverages(stage: IntervalStage) -> pd.DataFrame:
    """Bias and coverage of mAP with EMOTIC's labels: few people, and the release's test part.

    ``people``, ``trainings``, and the columns of `lib.evaluation.coverage.label_coverage`.
    """
    labels = round(value("vo2022-section-4-1-emotic-labels-count"))
    release = round(TEST_SHARE * value("vo2022-section-4-1-emotic-people-count"))
    sizes = [(people, 3) for people in stage.people]
    tables = {
        (people, trainings): label_coverage(people, labels, trainings, stage.label_simulations, stage.seed)
        for people, trainings in [*sizes, (release, 1)]  # the paper trains once
    }
    return _joined(tables, ["people", "trainings"])


def _joined(tables: Mapping[tuple[Any, ...], pd.DataFrame], names: list[str]) -> pd.DataFrame:
    """Tables one below the other; their keys are the first columns, with these names."""
    return pd.concat(tables, names=names).reset_index(names).reset_index(drop=True)
