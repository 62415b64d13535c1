"""Audit of stated gains and p-values."""

from collections.abc import Iterator
from itertools import product

import numpy as np
from scipy import stats

from lib.published.check import Check, agree, answer
from lib.published.tables import cell, cells, claims, spread, value

TABLE = "shi2021-table-1"


def checks() -> Iterator[Check]:
    """All checks of this module."""
    yield from _gains()
    yield from _p_values()
    yield _copied_spreads()


def _gains() -> Iterator[Check]:
    for claim in claims().reset_index().to_dict("records"):
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
        words |= {"claim": claim["claim_id"], "ours": ours, "theirs": theirs}
        words |= {"gain": gain, "nearly": nearly}
        yield answer("gain-{claim}", stated, round(gain, 4), holds, **words)


def unpaired_p(
    first: float, first_spread: float, second: float, second_spread: float, runs: int
) -> float:
    """Two-sided p of Student's t from means, standard deviations and numbers of runs."""
    result = stats.ttest_ind_from_stats(first, first_spread, runs, second, second_spread, runs)
    return float(result.pvalue)


def cell_p(first: str, second: str, runs: int, shifts: tuple[float, ...] = (0, 0, 0)) -> float:
    """`unpaired_p` of two cells; `shifts` are added to the two means and to both spreads."""
    one, two, both = shifts
    return unpaired_p(
        value(first) + one, spread(first) + both, value(second) + two, spread(second) + both, runs
    )


def p_range(first: str, second: str, runs: int) -> tuple[float, float]:
    """Smallest and largest p that the rounding of two cells' means and spreads allows."""
    values = [cell_p(first, second, runs, shifts) for shifts in product((-0.05, 0.05), repeat=3)]
    return min(values), max(values)


def _p_values() -> Iterator[Check]:
    best, second, baseline = (f"{TABLE}-{name}-wap" for name in ("smern-ga", "smern", "mdre"))
    chosen = claims().query("metric == 'WAP' & subject == 'SMERN-GA' & comparator == 'SMERN'")
    stated = float(chosen["stated_p"].iloc[0])
    for key, runs in (("p-smern-ga", 10), ("p-smern-ga-five", 5)):
        exact, (low, high) = cell_p(best, second, runs), p_range(best, second, runs)
        words = {"low": low, "high": high}
        words |= {"first": cell(best)["printed"], "second": cell(second)["printed"]}
        holds = low <= stated <= high if runs == 10 else None
        yield answer(key, stated, exact, holds, **words)
    high = p_range(second, baseline, 10)[1]
    yield answer("p-smern", 0.001, high, high < 0.001)
    shown = cells().query("paper == 'shi2021-smern-ga' & exhibit == 'Table 1'")
    shown = shown[shown["metric"].isin(["UAR", "WAR"])]
    without = float(shown["spread"].isna().sum())
    yield answer("p-uar-war", None, without, None, all=len(shown))


def _copied_spreads() -> Check:
    models = ("are", "tre", "mdre")
    rows = [(f"shi2020-table-i-{name}-wap", f"{TABLE}-{name}-reported-wap") for name in models]
    equal = [
        np.isclose(100 * value(old), value(new)) and np.isclose(100 * spread(old), spread(new))
        for old, new in rows
    ]
    return answer("copied-wap", None, float(sum(equal)), not any(equal), all=len(rows))
