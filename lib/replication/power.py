"""How often a planted effect is found, by its strength."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from lib.evaluation import predictions as stored
from lib.evaluation.jackknife import intervals
from lib.evaluation.scores import STATISTICS
from lib.replication import variants
from lib.replication.chance import chance_level, headline
from lib.replication.settings import PowerStage
from lib.replication.trainings import train
from lib.replication.variants import Variant


@dataclass(frozen=True)
class Effect:
    """An effect of a sample corpus, and the network that shows it alone, against chance."""

    study: str
    paper: str
    corpus: str
    name: str
    experiment: str


EFFECTS = (
    Effect("shi2020", "skeletal", "iemocap", "movement", "SMACN"),
    Effect("shi2021", "skeletal", "iemocap", "words", "TRE"),
    Effect("priyasad2020", "audiovisual", "rml", "voice", "audio"),
    Effect("vo2022", "context", "emotic", "body", "body"),
    Effect("lee2018", "valence", "recola", "face", "CNN"),
)
"""One effect a study: of those that one network can show alone, without another one to compare it
with and without weights learnt from the effect, the one whose network is the fastest to train. The
movement is shi2020's, because shi2021 shares its corpus and has the words."""


def drawn(stage: PowerStage) -> list[tuple[Variant, list[Effect]]]:
    """Corpora that the curves need, each with the effects that are measured on it.

    Effects of one corpus are scaled together: the networks that show them read nothing in common.
    """
    found = []
    for corpus in dict.fromkeys(effect.corpus for effect in EFFECTS):
        own = [effect for effect in EFFECTS if effect.corpus == corpus]
        names = tuple(effect.name for effect in own)
        for strength, draws in zip(stage.strengths, stage.draws, strict=True):
            for number in range(draws):
                seed = stage.seed + number
                found.append((Variant(own[0].paper, corpus, names, strength, seed), own))
    return found


def listed(stage: PowerStage) -> list[tuple[str, float, int]]:
    """Study, strength and seed of every row of the table that `measure` returns."""
    rows = [(e.study, v.strength, v.seed) for v, effects in drawn(stage) for e in effects]
    order = [effect.study for effect in EFFECTS]
    return sorted(rows, key=lambda row: (order.index(row[0]), *row[1:]))


def measure(stage: PowerStage, folder: Path) -> pd.DataFrame:
    """Every effect on every corpus that is drawn; predictions are stored in `folder`.

    Returns
    -------
    DataFrame
        ``study``, ``corpus``, ``effect``, ``experiment``, ``strength``, ``seed``, ``metric``,
        ``chance``, ``score`` with its 95 % interval ``low``, ``high`` over clusters and trainings,
        and ``found``: whether the interval lies above chance.
    """
    wanted = drawn(stage)
    variants.make([variant for variant, _ in wanted])
    rows = []
    for variant, effects in wanted:
        names = [effect.experiment for effect in effects]
        done = train(variant.paper, variant.source(), range(stage.trainings), names)
        file = f"{variant.corpus}_{variant.strength:g}_{variant.seed}.parquet"
        predictions = stored.reported(stored.gather(done.folders, folder / file))
        chance, metric = chance_level(predictions), headline(predictions)
        make = STATISTICS[stored.kind_of(predictions).name]
        for effect in effects:
            own = predictions[predictions["experiment"] == effect.experiment]
            score = intervals(make(own))[metric]
            about = [effect.study, effect.corpus, effect.name, effect.experiment]
            values = [metric, chance, score.estimate, score.low, score.high, score.low > chance]
            rows.append([*about, variant.strength, variant.seed, *values])
    about = ["study", "corpus", "effect", "experiment", "strength", "seed"]
    values = ["metric", "chance", "score", "low", "high", "found"]
    table = pd.DataFrame(rows, columns=[*about, *values])
    order = [effect.study for effect in EFFECTS]
    ordered = table.sort_values(["strength", "seed"], kind="stable")
    return ordered.sort_values("study", key=lambda s: s.map(order.index), kind="stable")


def curves(table: pd.DataFrame) -> pd.DataFrame:
    """Share of the drawn corpora on which an effect is found, by its strength.

    At strength 0 this is the rate of false recovery; the one-sided level of a 95 % interval is
    .025.

    Returns
    -------
    DataFrame
        ``study``, ``effect``, ``strength``, ``drawn``, ``found``, ``rate`` with its exact 95 %
        interval ``low``, ``high`` (Clopper and Pearson), ``above chance``: mean score minus chance,
        with the limits of a t interval over corpora ``above low``, ``above high``.
    """
    rows = []
    for key, own in table.groupby(["study", "effect", "strength"], sort=False):
        found, number = int(own["found"].sum()), len(own)
        low, high = stats.binomtest(found, number).proportion_ci()
        above = (own["score"] - own["chance"]).to_numpy()
        mean, error = float(above.mean()), stats.sem(above) if number > 1 else np.nan
        reach = float(stats.t.isf(0.025, max(number - 1, 1)) * error)
        values: Sequence[float] = [low, high, mean, mean - reach, mean + reach]
        rows.append([*key, number, found, found / number, *values])
    columns = ["study", "effect", "strength", "drawn", "found", "rate", "low", "high"]
    return pd.DataFrame(rows, columns=[*columns, "above chance", "above low", "above high"])
