"""Audit of stated gains and p-values."""

from collections.abc import Iterator
from itertools import product

import numpy as np
from scipy import stats

from lib.published.check import Check, agree, answer
from lib.published.tables import cell, cells, claims, spread, value

TABLE = "shi2021-table-1"


def _gains() -> Iterator[Check]:
    for claim_id, claim in claims().iterrows():
        if not claim["stated_value"] or ";" not in claim["cells"]:
            continue
        first, second = claim["cells"].split(";")
        ours, theirs, unit = value(first), value(second), cell(first)["unit"]
        gain = (ours - theirs) * (100 if unit == "fraction" else 1)
        stated = float(claim["stated_value"])
        nearly = "nearly " if "nearly" in claim["quote"] else ""
        digits = 3 if unit == "coefficient" else 1
        holds = stated - 1 <= gain <= stated if nearly else agree(stated, gain, digits)
        words = {name: claim[name] for name in ("paper", "subject", "comparator", "metric")}
        words |= {"claim": claim_id, "ours": ours, "theirs": theirs, "gain": gain, "nearly": nearly}
        yield answer("gain-{claim}", stated, round(gain, 4), holds, **words)


def unpaired_p(first: float, first_spread: float, second: float, second_spread: float, runs: int) -> float:
    """Two-sided p of Student's t from means, standard deviations and numbers of runs."""
    result = stats.ttest_ind_from_stats(first, first_spread, runs, second, second_spread, runs)
    return float(result.pvalue)


def _cell_p(first: str, second: str, runs: int) -> tuple[float, float, float]:
    """`unpaired_p` of two cells, and its range within the rounding of means and spreads."""

    def shifted(one: float = 0, two: float = 0, both: float = 0) -> float:
        spreads = spread(first) + both, spread(second) + both
        return unpaired_p(value(first) + one, spreads[0], value(second) + two, spreads[1], runs)

    around = [shifted(*shifts) for shifts in product((-0.05, 0.05), repeat=3)]
    return shifted(), min(around), max(around)


def _p_values() -> Iterator[Check]:
    best, second, baseline = (f"{TABLE}-{name}-wap" for name in ("smern-ga", "smern", "mdre"))
    chosen = claims().query("metric == 'WAP' & subject == 'SMERN-GA' & comparator == 'SMERN'")
    stated = float(chosen["stated_p"].iloc[0])
    printed = {"first": cell(best)["printed"], "second": cell(second)["printed"]}
    for key, runs in (("p-smern-ga", 10), ("p-smern-ga-five", 5)):
        exact, low, high = _cell_p(best, second, runs)
        holds = low <= stated <= high
        yield answer(key, stated, exact, holds, low=low, high=high, **printed)
    high = _cell_p(second, baseline, 10)[2]
    yield answer("p-smern", 0.001, high, high < 0.001)
    shown = cells().query("paper == 'shi2021-smern-ga' & exhibit == 'Table 1'")
    shown = shown.dropna(subset="value")
    spreads = shown.loc[shown["metric"].isin(["UAR", "WAR"]), "spread"]
    yield answer("p-uar-war", None, float(spreads.isna().sum()), None, all=len(spreads))


def _bounds() -> Iterator[Check]:
    place = "shi2021-section-iv-d-smern-ga-against-smern-{}-{}"
    for metric in ("WAP", "UAR", "WAR"):
        key = metric.lower()
        p, bound = (value(place.format(key, name)) for name in ("p", "bound-of-p"))
        yield answer("bound-{key}", bound, p, p < bound, key=key, metric=metric)


def _copied_spreads() -> Iterator[Check]:
    models = ("are", "tre", "mdre")
    rows = [(f"shi2020-table-i-{name}-wap", f"{TABLE}-{name}-reported-wap") for name in models]
    equal = [
        np.isclose(100 * value(old), value(new)) and np.isclose(100 * spread(old), spread(new))
        for old, new in rows
    ]
    yield answer("copied-wap", None, float(sum(equal)), not any(equal), all=len(rows))


CHECKS = (_gains, _p_values, _bounds, _copied_spreads)
