"""Printed numbers beside the scores of predictions."""

import re
from typing import Any

import pandas as pd

from lib.evaluation.metrics import METRICS
from scripts.audit.predictions import AuditError

SAME = {
    "accuracy": "WAR",
    "acc": "WAR",
    "wa": "WAR",
    "ua": "UAR",
    "balanced accuracy": "UAR",
    "f1": "macro F1",
}
"""Other names of metrics."""


def _sentence(name: str, metric: str, number: str, verdict: str, gives: pd.DataFrame, best: pd.Series) -> str:
    """What a printed number is: the metric that it names, another one, or none.

    `gives` are the definitions that give it, `best` is the nearest definition of the named metric.
    """
    called = name if name.lower() == metric.lower() else f"{name} ({metric})"
    if verdict == "reproduced":
        folds = " and ".join(dict.fromkeys(gives.loc[gives["metric"] == metric, "folds"]))
        return f"{number} is the {called} of this file ({folds})."
    ours, low, high = (f"{best[column]:.4g}" for column in ("score", "low", "high"))
    unsure = f"; the interval of its {metric}, {low} to {high}, does not exclude it"
    unsure = "; without an interval nothing excludes it" if "nan" in (low, high) else unsure
    end = unsure if verdict == "cannot tell" else ""
    others = list(dict.fromkeys(gives["metric"]))
    if others:
        joined = " and the ".join(filter(None, (", the ".join(others[:-1]), others[-1])))
        return f"{number} is the {joined} of this file, not its {called}, which is {ours}{end}."
    return f"No definition gives {number}; the {called} of this file is {ours}{end}."


def printed(text: str, table: pd.DataFrame) -> pd.DataFrame:
    """Verdicts on the printed numbers of the first model: ``"UAR=65.6, WAR=70.1"``.

    Reproduced: a definition of that name gives the printed digits. Not reproduced: the number lies
    outside the interval of each, widened by the rounding. Otherwise it cannot be decided: another
    choice of samples or training could have given it. Shares above 1 are percent.

    Raises
    ------
    AuditError
        If the text has another form or names no known metric.
    """
    own = table[table["model"] == table["model"].iloc[0]]
    rows: list[dict[str, Any]] = []
    for part in list(filter(None, re.split(r"[;,]\s*", text.strip()))) or [text]:
        name, _, number = (side.strip() for side in part.rpartition("="))
        if not name or not re.fullmatch(r"-?\d+(\.\d+)?%?", number):
            raise AuditError(f"PRINTED: {part!r} is not METRIC=NUMBER: write for example UAR=65.6")
        digits = number.rstrip("%")
        known = {metric.lower(): metric for metric in own["metric"]}
        metric = known.get(SAME.get(name.lower(), name).lower())
        if metric is None:
            raise AuditError(f"PRINTED: {name!r} is none of {sorted(known.values())}: correct it")
        share = metric not in METRICS or METRICS[metric].bounds[1] <= 1  # an error has no highest value
        unit = 100 if number.endswith("%") or (share and abs(float(digits)) > 1) else 1
        value = float(digits) / unit
        rounding = 0.5 * 10.0 ** -len(digits.partition(".")[2]) / unit
        off = (own["score"] - value).abs()
        gives, named = off <= rounding + 1e-9, own["metric"] == metric
        inside = (own["low"] - rounding <= value) & (value <= own["high"] + rounding)
        unsure = named & (inside | own["low"].isna())
        verdict = (
            "reproduced" if (gives & named).any() else "cannot tell" if unsure.any() else "not reproduced"
        )
        others = [f"{row.metric} ({row.folds})" for row in own[gives].itertuples()]
        best = own[named].loc[off[named].idxmin()]
        shown = best[["score", "low", "high"]] * unit
        rows.append(
            {
                "printed": f"{name} = {number}",
                "verdict": verdict,
                "named": metric,
                "ours": shown["score"],
                "low": shown["low"],
                "high": shown["high"],
                "rounding": rounding * unit,
                "definitions that give it": ", ".join(others) or "none",
                "sentence": _sentence(name, metric, number, verdict, own[gives], shown),
            }
        )
    return pd.DataFrame(rows)
