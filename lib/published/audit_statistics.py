"""Audit of stated gains and p-values."""

from collections.abc import Iterator

import numpy as np
from scipy import stats

from lib.published.audit import Check, agree, verdict
from lib.published.tables import cells, claims, printed, spread, unit, value

NEW = "shi2021-smern-ga"


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
        percent = unit(ours) == "fraction"
        gain = (value(ours) - value(theirs)) * (100 if percent else 1)
        stated = float(claim["stated_value"])
        nearly = "nearly" in claim["quote"]
        digits = 3 if unit(ours) == "coefficient" else 1
        holds = stated - 1 <= gain <= stated if nearly else agree(stated, gain, digits)
        yield Check(
            f"gain-{claim['claim_id']}", claim["paper"],
            f"Is the stated gain of {claim['subject']} over {claim['comparator']} in "
            f"{claim['metric']} the tables' difference?",
            f"{value(ours):g} - {value(theirs):g} = {gain:.3f}; stated "
            f"{'nearly ' if nearly else ''}{stated:g}",
            stated, round(gain, 4), verdict(holds),
            "Difference of the printed cells" + ("." if holds else " does not give the claim."),
        )  # fmt: skip


def unpaired_p(
    first: float, first_spread: float, second: float, second_spread: float, runs: int
) -> float:
    """Two-sided p of Student's t from means, standard deviations and numbers of runs."""
    result = stats.ttest_ind_from_stats(first, first_spread, runs, second, second_spread, runs)
    return float(result.pvalue)


def p_range(first: str, second: str, runs: int) -> tuple[float, float]:
    """Smallest and largest p that the rounding of two cells' means and spreads allows."""
    half = 0.05
    values = []
    for shift_a in (-half, half):
        for shift_b in (-half, half):
            for shift_spread in (-half, half):
                values.append(
                    unpaired_p(
                        value(first) + shift_a, spread(first) + shift_spread,
                        value(second) + shift_b, spread(second) + shift_spread, runs,
                    )
                )  # fmt: skip
    return min(values), max(values)


def _p_values() -> Iterator[Check]:
    first, second = "shi2021-table-1-smern-ga-wap", "shi2021-table-1-smern-wap"
    chosen = claims()[
        (claims()["metric"] == "WAP") & (claims()["subject"] == "SMERN-GA")
        & (claims()["comparator"] == "SMERN")
    ]  # fmt: skip
    stated = float(chosen["stated_p"].iloc[0])
    exact = {
        runs: unpaired_p(
            value(first),
            spread(first),
            value(second),
            spread(second),
            runs,
        )
        for runs in (10, 5)
    }
    low, high = p_range(first, second, 10)
    yield Check(
        "p-smern-ga", NEW, "Can p = 0.0048 come from an unpaired t-test over the ten experiments?",
        f"{printed(first)} against {printed(second)}, 10 runs each: "
        f"p = {exact[10]:.2g}, between {low:.2g} and {high:.2g} within rounding; stated {stated}",
        stated, exact[10], verdict(low <= stated <= high),
        "The stated p is larger than ten unpaired runs allow: the test was another one.",
    )  # fmt: skip
    low5, high5 = p_range(first, second, 5)
    yield Check(
        "p-smern-ga-five", NEW, "Can it come from five folds?",
        f"5 values each: p = {exact[5]:.2g}, between {low5:.2g} and {high5:.2g} within rounding",
        stated, exact[5], "cannot be decided",
        "Five values, or a paired test, are possible; the paper says neither.",
    )  # fmt: skip
    gain = "shi2021-table-1-smern-wap", "shi2021-table-1-mdre-wap"
    low, high = p_range(*gain, 10)
    yield Check(
        "p-smern", NEW, "Is p < 0.001 for SMERN against MDRE possible?",
        f"unpaired, 10 runs each: p at most {high:.1g} within rounding",
        0.001, high, verdict(high < 0.001),
        "It holds for runs that are independent; repetitions on the same data are not.",
    )  # fmt: skip
    missing = cells()[(cells()["exhibit"] == "Table 1") & (cells()["paper"] == NEW)]
    missing = missing[missing["metric"].isin(["UAR", "WAR"])]
    without = int(missing["spread"].isna().sum())
    yield Check(
        "p-uar-war", NEW, "Can the p-values of UAR and WAR be recomputed?",
        f"{without} of {len(missing)} UAR and WAR cells have no spread",
        None, float(without), "cannot be decided",
        "Without a standard deviation the tests cannot be checked.",
    )  # fmt: skip


def _copied_spreads() -> Check:
    rows = [
        (f"shi2020-table-i-{name}-wap", f"shi2021-table-1-{name}-reported-wap")
        for name in ("are", "tre", "mdre")
    ]
    equal = [
        np.isclose(100 * value(old), value(new)) and np.isclose(100 * spread(old), spread(new))
        for old, new in rows
    ]
    return Check(
        "copied-wap", "shi2020-smern", "Are the baselines' WAP in shi2020 the authors' own runs?",
        f"{sum(equal)} of {len(rows)} rows equal, mean and spread, those that shi2021 marks "
        "as reported by the cited paper",
        None, float(sum(equal)), verdict(not any(equal)),
        "They are quotations beside own runs of UAR and WAR, so a row mixes two experiments.",
    )  # fmt: skip
