"""Fine-tuning on shares of held-out speakers' samples (shi2021 section V.C)."""

import pandas as pd

from lib.papers.extracted import Source
from lib.papers.skeletal.runs import plan_runs
from lib.papers.skeletal.settings import FineTuningStage, TrainingStage
from lib.runs.phases import Results, execute
from lib.splits import schemes
from lib.splits.split import Split


def pretrain_and_tune(
    stage: FineTuningStage,
    training: TrainingStage,
    source: Source,
    samples: pd.DataFrame,
    before: list[Split],
) -> tuple[Results, Results]:
    """Pretrain on all other speakers, then train on shares of the held-out ones, from both starts.

    `before` are the splits of the pretraining, whose test parts are the held-out speakers' samples.

    Returns
    -------
    pretrained : Results
        Tested on the held-out speakers: what is reached without any of their data.
    tuned : Results
        Experiments ``"pretrained <ratio>"`` and ``"not pretrained <ratio>"`` on the same splits.
    """
    model = training.models[stage.experiment]
    pretrained = execute(plan_runs(stage.experiment, model, training, source, before))
    planned = []
    for ratio in stage.ratios:
        for draw in range(stage.draws):
            splits = [
                schemes.fine_tuning(split, ratio, split.repeat * stage.draws + draw, samples, stage.by_class)
                for split in before
            ]
            for start, name in ((pretrained, "pretrained"), (None, "not pretrained")):
                name = f"{name} {ratio:g}"
                planned += plan_runs(name, model, training, source, splits, start)
    return pretrained, execute(planned)
