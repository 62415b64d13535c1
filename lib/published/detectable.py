"""Smallest differences that the papers' own experiments could have distinguished from chance."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from lib.published.tables import cells, claims, select, value

ALPHA, POWER = 0.05, 0.8
"""Two-sided error of the test, and the probability of finding a difference of this size."""
TESTED = 0.75
"""Share of the samples in the test parts of five folds of 8 : 0.5 : 1.5."""
ERRORS_TOGETHER = 0.5
"""Assumed correlation of two models' errors on the same samples; 0 for numbers of other papers."""
WITHIN_PEOPLE = 0.02
"""Assumed correlation of two models' difference on two samples of the same person."""
SECONDS_ALIKE = 10.0
"""Assumed time over which valence is correlated, so that a recording has few independent values."""
SHARES = ("WAP", "UAR", "WAR", "accuracy")


@dataclass(frozen=True)
class Design:
    """The data of a paper's comparison, from its own numbers where it has them.

    `samples` are tested samples, or for values over time independent values: seconds over
    `SECONDS_ALIKE`. They come from `clusters`, people or recordings.
    """

    samples: float
    clusters: float
    source: str  # where the two numbers are from


def _people(section: str, samples: str, people: str, share: float = 1.0) -> Design:
    number, clusters = (value(f"{section}-{name}-count") for name in (samples, people))
    return Design(share * number, clusters, "stated")


def _recordings(number: float, seconds: float, source: str) -> Design:
    return Design(number * seconds / SECONDS_ALIKE, number, source)


_RECOLA = _recordings(9, 300, "RECOLA's release: 9 recordings of 5 minutes")
DESIGNS = {
    "shi2020": _people("shi2020-section-iv-a", "utterances-all", "iemocap-actors", TESTED),
    "shi2021": _people("shi2021-section-iv-a", "utterances-all", "iemocap-actors", TESTED),
    "priyasad2020 RML": _people("priyasad2020-section-4-rml", "samples", "subjects"),
    "priyasad2020 eNTERFACE'05": _people("priyasad2020-section-4-enterface-05", "samples", "subjects"),
    "lee2018 Table 1": _RECOLA,
    "lee2018 Table 2": _RECOLA,
    "lee2018 Table 3": _recordings(
        value("lee2018-section-3-2-av-ec-2017-development-videos-count"),
        120,
        "14 recordings stated; 2 minutes each assumed",
    ),
}


def training_spread() -> float:
    """Root mean square of the printed standard deviations over the authors' own runs, a share.

    It stands for the spread over trainings where a paper prints none.
    """
    table = cells().dropna(subset=["spread", "runs"])
    return float(np.sqrt((_share(table["spread"], table["unit"]) ** 2).mean()))


def _share(numbers: "pd.Series[float]", units: "pd.Series[str]") -> "pd.Series[float]":
    return numbers / np.where(units == "percent", 100, 1)


def multiplier(freedom: float) -> float:
    """Smallest detectable difference in standard errors (Bloom, Evaluation Review 1995)."""
    return float(stats.t.ppf(1 - ALPHA / 2, freedom) + stats.t.ppf(POWER, freedom))


def sampling_error(
    metric: str, first: float, second: float, design: Design, together: float, within: float
) -> float:
    """Standard error of a difference from the choice of test samples, trained models held fixed.

    For shares of right samples p and q it is that of paired proportions, whose variance for one
    sample is p(1 - p) + q(1 - q) - 2 r sqrt(p(1 - p) q(1 - q)) with the correlation r of errors,
    times Kish's design effect 1 + (samples per person - 1) `within`. WAP and UAR count as such a
    share. For correlations over time it is (1 - r^2) / sqrt(n), of Fisher's transformation, for
    each, with independent values n; CCC counts as a correlation.
    """
    if metric in SHARES:
        one, two = (np.sqrt(share * (1 - share)) for share in (first, second))
        size = design.samples / design.clusters
        effect = 1 + (size - 1) * within
    else:
        one, two = 1 - first**2, 1 - second**2
        effect = 1.0
    variance = one**2 + two**2 - 2 * together * one * two
    return float(np.sqrt(variance * effect / design.samples))


def detectable() -> pd.DataFrame:
    """For each claim with printed numbers, the smallest difference that could be detected.

    Two sizes stand side by side. The *least* holds trained models fixed and takes all samples as
    independent: nothing smaller could be found. The *likely* adds what people have in common
    (`WITHIN_PEOPLE`) and that each model was trained few times: the variance over trainings over
    their number, twice. Its t has as many degrees of freedom as people but one. Where labels are
    the replicates (vo2022, whose numbers of positives are not printed), the standard error is that
    of the mean of the labels' differences, and the least and the likely differ by trainings only.

    Returns
    -------
    DataFrame
        ``claim_id``, ``paper``, ``subject``, ``comparator``, ``metric``, ``samples``, ``clusters``,
        ``trainings``, ``spread`` (over trainings), ``spread printed``, ``gain``, ``least``,
        ``likely`` (fractions) and ``decidable``: yes (the gain is at least the likely size), no
        (below the least) or depends; and ``source`` of the numbers.
    """
    rows = []
    for claim_id, claim in claims().iterrows():
        if claim["cells"].count(";") == 1:
            rows.append({"claim_id": claim_id, **_row(claim)})
    table = pd.DataFrame(rows)
    sizes = [table["gain"] >= table["likely"], table["gain"] < table["least"]]
    return table.assign(decidable=np.select(sizes, ["yes", "no"], "depends"))


def _row(claim: "pd.Series[str]") -> dict[str, object]:
    pair = cells().loc[claim["cells"].split(";")]
    first, second = _share(pair["value"], pair["unit"])
    printed, metric = _share(pair["spread"], pair["unit"]), claim["metric"]
    known = bool(printed.notna().all() and pair["runs"].notna().all())
    deviations = printed.to_numpy() if known else np.full(2, training_spread())
    trainings = float(pair["runs"].fillna(1).min())
    if metric == "mAP":
        design, errors = _labels(pair)
    else:
        paper, row, exhibit = pair.iloc[0][["paper", "row", "exhibit"]]
        keys = (f"{paper.split('-')[0]} {part}".strip() for part in ("", row.split(",")[0], exhibit))
        design = next(DESIGNS[key] for key in keys if key in DESIGNS)
        together = 0.0 if pair["quoted_from"].notna().any() else ERRORS_TOGETHER
        parts = (metric, first, second, design, together)
        errors = [sampling_error(*parts, within) for within in (0.0, WITHIN_PEOPLE)]
    total = np.sqrt(errors[1] ** 2 + (deviations**2).sum() / trainings)
    return {
        **{name: claim[name] for name in ("paper", "subject", "comparator", "metric")},
        "samples": round(design.samples),
        "clusters": round(design.clusters),
        "trainings": round(trainings),
        "spread": float(np.sqrt((deviations**2).mean())),
        "spread printed": known,
        "gain": first - second,
        "least": multiplier(np.inf) * errors[0],
        "likely": multiplier(design.clusters - 1) * total,
        "source": design.source,
    }


def _labels(pair: pd.DataFrame) -> tuple[Design, list[float]]:
    """Labels of two columns of a table as replicates, and the standard error of their mean."""
    one, two = pair["column"]
    paper, exhibit = pair[["paper", "exhibit"]].iloc[0]
    table = select(paper, exhibit, metric="AP").pivot_table("value", "row", "column") / 100
    labels = (table[one] - table[two]).to_numpy()
    error = float(labels.std(ddof=1) / np.sqrt(len(labels)))
    return Design(len(labels), len(labels), "labels as replicates"), [error, error]
