"""Figure of the audit of the published numbers."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from lib.figures.style import PALETTE

COLOURS = {
    "consistent": PALETTE[2],
    "inconsistent": PALETTE[5],
    "cannot be decided": PALETTE[1],
}


def audit_figure(checks: pd.DataFrame) -> Figure:
    """Outcomes of the audit's checks by paper, and gaps between the numbers."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.6), width_ratios=[1, 2])
    counts = pd.crosstab(checks["paper"], checks["outcome"]).reindex(columns=list(COLOURS))
    counts = counts.fillna(0).loc[checks["paper"].unique()[::-1]]
    start = pd.Series(0.0, index=counts.index)
    for outcome, colour in COLOURS.items():
        left.barh(counts.index, counts[outcome], left=start, color=colour, label=outcome)
        start += counts[outcome]
    left.set(xlabel="checks", title="Outcome by paper")
    left.legend(loc="upper center", bbox_to_anchor=(0.2, -0.16), ncols=1, fontsize="small")
    both = checks.dropna(subset=["published", "recomputed"])
    both = both[(both["published"] != 0) & (both["outcome"] != "consistent")]
    gap = 100 * (both["recomputed"] - both["published"]) / both["published"]
    chosen = gap[gap.abs() > 0.01].sort_values()
    rows = both.loc[chosen.index]
    colours = [COLOURS[name] for name in rows["outcome"]]
    right.barh(rows["check_id"], chosen.clip(-120, 120), color=colours)
    for position, value in enumerate(chosen):
        end, side = min(max(value, -120), 120), "left" if value > 0 else "right"
        right.text(end, position, f" {value:+.1f} % ", va="center", ha=side, fontsize=6)
    right.axvline(0, color="0.3", linewidth=0.8)
    right.tick_params(axis="y", labelsize=6)
    right.set(
        xlim=(-175, 175),
        xlabel="recomputed against published [%], cut at 120",
        title="Numbers that do not come out as printed",
    )
    return figure


def detectable_figure(table: pd.DataFrame) -> Figure:
    """Printed gain of each claim of `detectable` on the range from least to likely detectable."""
    colours = {"yes": PALETTE[2], "depends": PALETTE[1], "no": PALETTE[5]}
    figure, axis = plt.subplots(figsize=(9.5, 1.4 + 0.27 * len(table)))
    for place, row in enumerate(table.iloc[::-1].to_dict("records")):
        axis.plot([row["least"], row["likely"]], [place, place], color="0.75", lw=6)
        axis.plot(row["gain"], place, "o", color=colours[row["decidable"]], markersize=6)
    names = table["claim_id"] + ": " + table["subject"] + " - " + table["comparator"]
    names += ", " + table["metric"]
    axis.set_yticks(range(len(table)), names.to_list()[::-1], fontsize=7)
    shown = [Line2D([], [], color="0.75", lw=6, label="smallest detectable: least to likely")]
    shown += [
        Line2D([], [], marker="o", ls="", color=colour, label=f"printed gain, decidable: {name}")
        for name, colour in colours.items()
    ]
    axis.legend(handles=shown, ncols=2, fontsize=8, loc="lower left", bbox_to_anchor=(-0.4, 1))
    ticks = [0.003, 0.01, 0.03, 0.1, 0.3]
    axis.set(xscale="log", xlabel="difference (shares as fractions)")
    axis.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axis.minorticks_off()
    return figure
