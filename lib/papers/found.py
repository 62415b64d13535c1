"""A corpus as an extraction found it: samples that are complete, lack something, or are left out."""

import pandas as pd

from lib.stage import Stage

Losses = list[tuple[str, str]]
"""Of each loss the sample or its file, as in the sample table, and what is missing."""
LACKING = {
    "detected < 1": "a face in {0.detected:.1%} of {0.frames} frames",
    "filled > 0": "{0.filled:.1%} of the keypoints filled, up to {0.longest_gap} frames in a row",
    "label_seconds > video_seconds + 0.25": "labels of {0.label_seconds:g} s, video of {0.video_seconds:g} s",
    "transcript.isna()": "no words",
    "box_cut": "box beyond the picture, cut",
    "valence.isna() & valence.notna().any()": "valence not rated",
}
"""What is missing where a condition on a sample's columns holds, if it has the first of them."""


def report(
    stage: Stage, annotated: pd.DataFrame, kept: pd.DataFrame, excluded: pd.DataFrame, losses: Losses
) -> pd.DataFrame:
    """Write the tables ``exclusions``, ``losses`` (of kept samples) and ``as_found``; return the last.

    `annotated` are the samples of the paper's classes, either `kept` or `excluded` with a ``reason``. The
    first row of ``as_found`` has sums: ``complete``, ``with losses`` and ``left out`` give ``annotated``;
    files are those that the table names. Then each reason has a row, with ``#`` for names and numbers.
    """
    rows = [*losses]
    for condition, what in LACKING.items():
        if condition.split()[0].removesuffix(".isna()") in kept:
            lacking = kept.query(condition, engine="python").itertuples()
            rows += [(str(row.sample_id), what.format(row)) for row in lacking]
    files = annotated.filter(regex="^(wav|path|video|alphapose|image|trace|ratings)$")
    owners = files.assign(**dict.fromkeys(["sample_id", "own"], annotated["sample_id"]))
    owners = owners[annotated["sample_id"].isin(kept["sample_id"])].melt("sample_id", value_name="of")
    lost = pd.DataFrame(rows, columns=["of", "reason"]).query("of in @owners.of")
    stage.table(excluded, "exclusions", digits=None)
    stage.table(lost.set_axis(["sample or file", "missing"], axis=1), "losses", digits=None)
    lost = lost.merge(owners, on="of")
    sizes = {"annotated": len(annotated), "files opened": files.melt()["value"].nunique()}
    sizes |= {"complete": len(kept) - (lossy := lost["sample_id"].nunique()), "with losses": lossy}
    found = [{"reason": "", **sizes, "left out": len(excluded)}]
    for column, table in (("with losses", lost), ("left out", excluded)):
        kinds = table["reason"].astype("str").str.replace(r"\S*(\d|\.\w)\S*", "#", regex=True)
        counts = table["sample_id"].groupby(kinds).nunique().sort_values(ascending=False, kind="stable")
        found += [{"reason": kind, column: number} for kind, number in counts.items()]
    result = pd.DataFrame(found).astype(dict.fromkeys([*sizes, "left out"], "Int64"))
    return stage.table(result, "as_found", digits=None)
