"""Doing the runs of a paper whose experiments need the settings of its extraction too."""

from collections.abc import Callable, Sequence
from typing import Any

from lib.papers.extracted import Source
from lib.runs import phases
from lib.runs.phases import Experiment, Results
from lib.splits.split import Split


def perform(
    experiment: Callable[[Any, Any, Any, Source], Experiment],
    names: Sequence[str],
    stage: Any,
    extraction: Any,
    source: Source,
    splits: list[Split],
) -> Results:
    """Do every run of the named experiments: ``experiment(model, stage, extraction, source)``."""
    models = {name: stage.models[name] for name in names}
    made = {name: experiment(model, stage, extraction, source) for name, model in models.items()}
    return phases.train(made, source.corpus, splits, stage.seed)
