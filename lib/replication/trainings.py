"""Every model of a paper trained as its stages train it, on any extraction of a corpus."""

from collections.abc import Collection, Sequence
from typing import Any

from lib import params
from lib.papers.audiovisual import runs as audiovisual
from lib.papers.audiovisual import settings as audiovisual_settings
from lib.papers.context import runs as context
from lib.papers.context import settings as context_settings
from lib.papers.extracted import Source
from lib.papers.skeletal import runs as skeletal
from lib.papers.skeletal import settings as skeletal_settings
from lib.papers.valence import runs as valence
from lib.papers.valence import settings as valence_settings
from lib.runs.phases import Results
from lib.splits import schemes

PAPERS: dict[str, tuple[Any, Any]] = {
    "skeletal": (skeletal, skeletal_settings),
    "audiovisual": (audiovisual, audiovisual_settings),
    "context": (context, context_settings),
    "valence": (valence, valence_settings),
}
"""Modules with the runs and the settings of each paper."""


def instances() -> list[tuple[str, str]]:
    """Papers and the corpora that their training runs on."""
    return [(paper, each) for paper in PAPERS for each in params.load_yaml()[paper]["corpora"]]


def stage_of(paper: str, corpus: str) -> tuple[Any, list[str]]:
    """Settings of a paper's training on a corpus, and all models that its stages compare."""
    _, schemas = PAPERS[paper]
    training = params.read(f"{paper}.training", schemas.TrainingStage, corpus)
    stage = params.read(f"{paper}.ablations", schemas.AblationStage, corpus)
    names = stage.experiments
    if paper == "skeletal":  # the points of its ranges are models of their own
        points = skeletal.points(stage, training)
        training, names = skeletal.extended(training, points), list(points)
    return training, list(dict.fromkeys([*training.experiments, *names]))


def train(
    paper: str,
    source: Source,
    repeats: Collection[int],
    names: Sequence[str] | None = None,
) -> Results:
    """Do the runs of a paper's stages on an extraction, with their epochs, folds and seeds.

    On the pipeline's own extraction they are the stages' runs, which are not repeated where the
    project's store has them.

    Parameters
    ----------
    repeats : collection of int
        Repetitions, from 0; each has a seed of its own.
    names : sequence of str, optional
        Models; by default all that the stages compare.
    """
    runs, schemas = PAPERS[paper]
    stage, every = stage_of(paper, source.corpus)
    samples, shared, count = source.samples(), [source], max(repeats) + 1
    if paper in ("context", "valence"):  # tested on the release's parts
        extraction = params.read(f"{paper}.extraction", schemas.ExtractionStage, source.corpus)
        shared.insert(0, extraction)
        kept = [stage.development] if paper == "valence" else []
        splits = runs.release_splits(samples, *kept, count, stage.seed)
    else:
        splits = schemes.make(stage.scheme, samples, stage.folds, count, stage.seed)
    chosen = [split for split in splits if split.repeat in repeats]
    done: Results = runs.perform(list(names or every), stage, *shared, chosen)
    return done
