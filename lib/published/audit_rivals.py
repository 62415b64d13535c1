"""Audit of what vo2022 and lee2018 print of other methods: chance, spread of the truth, re-runs."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from lib.published.check import Check, answer
from lib.published.tables import protocol, select

CONTEXT, VALENCE = "vo2022-context", "lee2018-valence"
FAR = 0.9
"""An average precision below this part of a label's share is far below chance."""


def by_label(exhibit: str) -> pd.DataFrame:
    """One row for each label and one for mAP, one column for each method of vo2022."""
    cells = select(CONTEXT, exhibit)
    return cells.pivot_table(index="row", columns="column", values="value", sort=False)


def _chance() -> Iterator[Check]:
    """A random order of people has, in the mean, the label's share as its average precision."""
    items = protocol(CONTEXT)
    people = items["people usable"]["verified"]["test"]
    shares = 100 * pd.Series(items["labels of the test part"]["verified"]) / people
    chance, table = float(shares.mean()), by_label("Table 1")
    means = table.loc["mAP"].to_dict()
    for column, printed in means.items():
        words = {"column": column, "chance": chance, "people": people}
        yield answer("above-chance-{column}", printed, printed - chance, None, **words)
    for column, values in table.drop("mAP").items():
        low = values[values < FAR * shares[values.index]]
        listed = "; ".join(f"{name} {value:.2f}, share {shares[name]:.1f}" for name, value in low.items())
        words = {"column": column, "all": len(values), "listed": listed or "none", "part": FAR}
        yield answer("below-share-{column}", 0.0, float(len(low)), low.empty, **words)


def _reruns() -> Iterator[Check]:
    found = protocol(CONTEXT)["re-runs of [7]"]["verified"]
    steps = by_label("Table 2").loc["mAP"].to_dict()
    least, most = min(steps.values()), max(steps.values())
    span, gain = max(found.values()) - min(found.values()), most - least
    listed = ", ".join(f"{name} {value:.2f}" for name, value in found.items())
    words = {"listed": listed, "low": least, "high": most}
    yield answer("reruns-of-7", gain, span, gain > span, **words)


def spreads(rows: pd.DataFrame) -> pd.DataFrame:
    """Bounds on the truth's standard deviation, ``low`` and ``high``, that a row's three scores leave.

    With the mean squared error RMSE^2 and CCC, the two variances and the squared difference of the means
    add up to s = RMSE^2 / (1 - CCC), and the two deviations multiply to p = s CCC / (2 CC). Each
    variance therefore lies between the roots of v^2 - s v + p^2. The bounds hold for every value that
    rounds to the printed ones, if all three are of the same frames together.
    """
    half, corners = 0.0005, []
    for signs in np.ndindex(2, 2, 2):
        moved = rows[["RMSE", "CC", "CCC"]].to_numpy() + half * (2 * np.array(signs) - 1)
        total = moved[:, 0] ** 2 / (1 - moved[:, 2])
        root = np.sqrt(np.maximum(total**2 - (total * moved[:, 2] / moved[:, 1]) ** 2, 0))
        corners.append([(total - root) / 2, (total + root) / 2])
    low, high = np.sqrt(np.moveaxis(np.array(corners), 1, 0))
    return pd.DataFrame({"low": low.min(axis=0), "high": high.max(axis=0)}, rows.index)


def _spreads() -> Iterator[Check]:
    for corpus, exhibits in {"RECOLA": ["Table 2", "Table 1"], "AV+EC 2017": ["Table 3"]}.items():
        table = pd.concat([select(VALENCE, exhibit) for exhibit in exhibits])
        rows = table.pivot_table("value", "row", "metric", sort=False).dropna()
        distinct = rows.drop_duplicates()
        bounds = spreads(distinct)
        low, high = bounds["low"].max(), bounds["high"].min()
        words = {"key": exhibits[0].lower().replace(" ", "-"), "corpus": corpus, "low": low, "high": high}
        words |= {"all": len(distinct)}
        yield answer("gold-spread-{key}", float(low), float(high), bool(low <= high), **words)
        rivals = distinct[~distinct.index.str.startswith("3D-CNN")]
        worse, within = rivals["RMSE"] >= high, rivals["RMSE"].between(low, high, inclusive="left")
        words |= {"values": ", ".join(f"{name} {value:g}" for name, value in rivals["RMSE"].items())}
        above = ", ".join(rivals.index[worse]) or "none"
        words |= {"all": len(rivals), "worse": above, "within": within.sum()}
        number = int((worse | within).sum())
        yield answer("constant-{key}", 0.0, float(number), number == 0, **words)
        same = int((rows["CC"] - rows["CCC"] <= 0.001).sum())
        words |= {"all": len(rows), "least": (rows["CC"] - rows["CCC"]).min()}
        yield answer("centred-{key}", float(len(rows)), float(same), same > 0, **words)


CHECKS = (_chance, _reruns, _spreads)
