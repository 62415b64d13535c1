"""Fine-tuning on shares of held-out speakers' samples (shi2020, shi2021 section V.C)."""

import pandas as pd

from lib.papers.skeletal import runs as skeletal
from lib.papers.skeletal.runs import Source
from lib.papers.skeletal.settings import TrainingStage
from lib.papers.skeletal.stages import FineTuningStage
from lib.runs.phases import Results
from lib.splits import schemes as split_schemes


def perform(
    stage: FineTuningStage, training: TrainingStage, source: Source, samples: pd.DataFrame
) -> tuple[Results, Results]:
    """Pretrain on all other speakers, then train on shares of the held-out ones, from both starts.

    Returns
    -------
    pretrained : Results
        Runs of the pretraining; their test part are the held-out speakers, so that they tell what
        is reached without any of their data.
    tuned : Results
        Experiments ``"pretrained <ratio>"`` and ``"not pretrained <ratio>"`` on the same splits.
    """
    before = split_schemes.make(
        "pretraining", samples, training.folds, stage.repeats, training.seed
    )
    model = training.models[stage.experiment]
    pretrained = skeletal.execute(
        skeletal.plan_runs(stage.experiment, model, training, source, before)
    )
    planned = []
    for ratio in stage.ratios:
        for draw in range(stage.draws):
            splits = [
                split_schemes.fine_tuning(split, ratio, split.repeat * stage.draws + draw, samples)
                for split in before
            ]
            for name, start in (("pretrained", pretrained), ("not pretrained", None)):
                planned += skeletal.plan_runs(
                    f"{name} {ratio:g}", model, training, source, splits, start
                )
    return pretrained, skeletal.execute(planned)
