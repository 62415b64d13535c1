"""Audit of stated gains and p-values."""

from collections.abc import Iterator
from itertools import product

import numpy as np
from scipy import stats

from lib.published.check import Check, agree, answer
from lib.published.tables import cells, claims, printed, spread, unit, value

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
        ours, theirs = claim["cells"].split(";")
        gain = (value(ours) - value(theirs)) * (100 if unit(ours) == "fraction" else 1)
        stated = float(claim["stated_value"])
        nearly = "nearly " if "nearly" in claim["quote"] else ""
        digits = 3 if unit(ours) == "coefficient" else 1
        holds = stated - 1 <= gain <= stated if nearly else agree(stated, gain, digits)
        sizes = f"{value(ours):g} - {value(theirs):g} = {gain:.3f}; stated {nearly}{stated:g}"
        words = {name: claim[name] for name in ("paper", "subject", "comparator", "metric")}
        words["claim"] = claim["claim_id"]
        yield answer("gain-{claim}", sizes, stated, round(gain, 4), holds, **words)


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
    exact, (low, high) = cell_p(best, second, 10), p_range(best, second, 10)
    arithmetic = (
        f"{printed(best)} against {printed(second)}, 10 runs each: p = {exact:.2g}, between "
        f"{low:.2g} and {high:.2g} within rounding; stated {stated}"
    )
    yield answer("p-smern-ga", arithmetic, stated, exact, low <= stated <= high)
    exact, (low, high) = cell_p(best, second, 5), p_range(best, second, 5)
    arithmetic = f"5 values each: p = {exact:.2g}, between {low:.2g} and {high:.2g} within rounding"
    yield answer("p-smern-ga-five", arithmetic, stated, exact, None)
    high = p_range(second, baseline, 10)[1]
    arithmetic = f"unpaired, 10 runs each: p at most {high:.1g} within rounding"
    yield answer("p-smern", arithmetic, 0.001, high, high < 0.001)
    shown = cells().query("paper == 'shi2021-smern-ga' & exhibit == 'Table 1'")
    shown = shown[shown["metric"].isin(["UAR", "WAR"])]
    without = int(shown["spread"].isna().sum())
    arithmetic = f"{without} of {len(shown)} UAR and WAR cells have no spread"
    yield answer("p-uar-war", arithmetic, None, float(without), None)


def _copied_spreads() -> Check:
    rows = [
        (f"shi2020-table-i-{name}-wap", f"{TABLE}-{name}-reported-wap")
        for name in ("are", "tre", "mdre")
    ]
    equal = [
        np.isclose(100 * value(old), value(new)) and np.isclose(100 * spread(old), spread(new))
        for old, new in rows
    ]
    arithmetic = (
        f"{sum(equal)} of {len(rows)} rows equal, mean and spread, those that shi2021 marks as "
        "reported by the cited paper"
    )
    return answer("copied-wap", arithmetic, None, float(sum(equal)), not any(equal))
