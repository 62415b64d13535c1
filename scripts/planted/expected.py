"""The list of planted effects: every claim of the samples' effects files, and what must show it.

The list follows from the effects files, ``controls.yaml`` and the parameters, and from no result.
It is kept as `lib.replication.planted.path` says; ``python -m scripts.planted.expected`` writes it.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from pydantic import Field

from lib import params
from lib.corpora import provenance
from lib.evaluation.metrics import HEADLINE
from lib.files import written
from lib.project import project_path
from lib.replication.planted import CHANCE, ControlError, path
from lib.settings import Settings
from lib.trees import leaves
from scripts.planted import experiments
from scripts.planted.experiments import Experiments, Properties

METRIC = {"skeletal": "UAR", "audiovisual": "UAR", "context": "mAP", "valence": "CCC"}
"""Metric of a paper's comparisons, one for all: the headline of its kind of predictions."""
assert set(METRIC.values()) == set(HEADLINE.values())
TABLES = {
    "loss under schemes": ("05_cross_{}/changes", 0.0, "below"),
    "score under schemes": ("05_cross_{}/changes", CHANCE, "above"),
    "gain by pretraining": ("06_fine_tuning/gain", 0.0, "above"),
    "need for regions": ("05_traces/covered", 0.0, "above"),
    "attention by area": ("05_traces/shares", 1.1, "above"),
    "best delay": ("03_ablations/best_delay", 0.0, "above"),
}
"""Comparisons that a stage's own table shows: stage and table, null value, expected side of it.

Attention that exceeds a region's share of the area by less than a tenth counts as even.
"""
UNSEEN = "no experiment on this corpus shows it"
COLUMNS = ["paper", "corpus", "claim", "statement", "strength", "table", "first", "second"]
COLUMNS += ["metric", "null", "side", "left out"]


class Statement(Settings):
    """One statement of a claim and what must show it; see ``controls.yaml``."""

    claim: str
    statement: str
    plain: str = ""
    strength: list[str]
    first: dict[str, Any] = Field(default_factory=dict)
    against: str | dict[str, Any] = ""
    no_table: str = Field(default="", alias="no table")


def statements() -> dict[str, list[Statement]]:
    """Statements of ``controls.yaml`` by paper."""
    rules = Path(__file__).with_name("controls.yaml")
    content = yaml.safe_load(rules.read_text("utf-8"))
    return {paper: [Statement.model_validate(row) for row in rows] for paper, rows in content.items()}


def part_of(effects: dict[str, Any], name: str) -> Any:
    """Part of an effects file by its dotted name; the whole file for an empty one.

    Raises
    ------
    ControlError
        If the file has no such part.
    """
    for key in name.split(".") if name else []:
        if not isinstance(effects, dict) or key not in effects:
            raise ControlError(f"an effects file plants no {name!r}")
        effects = effects[key]
    return effects


def expected() -> pd.DataFrame:
    """Every comparison that must show a planted effect, on every synthetic corpus.

    Returns
    -------
    DataFrame
        ``paper``, ``corpus``; ``claim`` (dotted name in the effects file), ``statement``,
        ``strength`` (values of the effects file); ``table``: ``predictions`` or a stage's;
        ``first`` and ``second``: experiments, or what identifies a row of the table; ``metric``;
        ``null``: a value or ``chance``; ``side`` of it on which the interval must lie; ``left
        out``: why nothing is computed, empty where something is.
    """
    rows = []
    for paper, own in statements().items():
        for corpus in params.load_yaml()[paper]["corpora"]:
            folder = project_path(f"data/{corpus}")
            if not folder.is_dir() or not provenance.read(folder).is_synthetic:
                continue
            effects, known = provenance.effects(folder), experiments.of(paper, corpus)
            for statement in own:
                part = part_of(effects, statement.claim)
                strength = [f"{name} {_size(part_of(part, name))}" for name in statement.strength]
                shared = [paper, corpus, statement.claim, statement.statement, ", ".join(strength)]
                found = list(_comparisons(paper, corpus, statement, known))
                found = found or [["", "", "", METRIC[paper], 0.0, "above", UNSEEN]]
                rows += [[*shared, *comparison] for comparison in found]
    table = pd.DataFrame(rows, columns=COLUMNS)
    for text, shown in table.groupby("statement", sort=False):
        if (shown["left out"] == UNSEEN).all():
            raise ControlError(f"nothing shows {text!r} on any corpus")
    return table


def _size(value: Any) -> str:
    """A strength in short: of a table by labels the largest value."""
    numbers = [abs(number) for _, number in leaves(value)] if isinstance(value, dict) else []
    return f"up to {max(numbers)}" if numbers else str(value)


def _comparisons(paper: str, corpus: str, statement: Statement, known: Experiments) -> Iterator[list[Any]]:
    """Values of the columns from ``table`` on."""
    metric, against = METRIC[paper], statement.against
    if statement.no_table:
        yield ["", "", "", metric, 0.0, "above", statement.no_table]
        return
    firsts = {name: own for name, own in known.items() if _fits(own, statement.first)}
    if isinstance(against, dict) and "table" in against:
        table, null, side = TABLES[against["table"]]
        table = f"{paper}/{table.format({'skeletal': 'speaker'}.get(paper, 'subject'))}"
        for first in firsts:
            for second in _second(against["table"], paper, corpus):
                yield [table, first, second, metric, null, side, ""]
        return
    learnt = experiments.pretrained(paper, corpus)
    for first, own in firsts.items():
        for second in [CHANCE] if against == CHANCE else _others(first, own, against, known):
            other = set() if second == CHANCE else set(known[second]["inputs"])
            circular = sorted(learnt & (set(own["inputs"]) - other))
            reason = f"circular: {' and '.join(circular)} learnt from what makes the labels"
            null = CHANCE if second == CHANCE else 0.0
            kept = "" if not circular else reason
            yield ["predictions", first, second, metric, null, "above", kept]


def _second(table: str, paper: str, corpus: str) -> list[str]:
    """What identifies the rows of a stage's table beside the experiment."""
    if table.endswith("under schemes"):
        return experiments.apart(paper, corpus)
    if table == "gain by pretraining":
        return [f"{ratio:g}" for ratio in params.block("skeletal.fine_tuning", corpus)["ratios"]]
    regions = {"need for regions": "eyes and mouth against cheeks and forehead"}
    return [regions.get(table, "eyes and mouth" if table == "attention by area" else "")]


def _fits(own: Properties, wanted: dict[str, Any]) -> bool:
    return all(
        name in own and own[name] in (value if isinstance(value, list) else [value])
        for name, value in wanted.items()
    )


def _others(first: str, own: Properties, against: str | dict[str, Any], known: Experiments) -> list[str]:
    """Experiments that one is compared with."""
    if against == "encoders":
        return own["encoders"]
    if against == "fewer inputs":
        alike = [name for name, other in known.items() if other["stage"] == own["stage"]]
        return [
            name
            for name in alike
            if not known[name]["baseline"] and set(known[name]["inputs"]) < set(own["inputs"])
        ]
    if against == "shorter":  # the same network on less time
        same = {name: own[name] for name in ("kind", "attention", "delay")}
        return [
            name for name, other in known.items() if _fits(other, same) and other["frames"] < own["frames"]
        ]
    assert isinstance(against, dict)
    if "variant" in against:
        return [name for name in (f"{first}, {against['variant']}",) if name in known]
    if "adds" in against:
        rest = set(own["inputs"]) - {against["adds"]}
        alike = [name for name, other in known.items() if set(other["inputs"]) == rest]
        return alike if against["adds"] in own["inputs"] else []
    return [name for name, other in known.items() if _fits(other, against["properties"])]


def main(arguments: list[str] | None = None) -> None:
    """Command line: ``python -m scripts.planted.expected``."""
    about = "Write lib/replication/expected.csv: every planted effect and what must show it."
    argparse.ArgumentParser("python -m scripts.planted.expected", None, about).parse_args(arguments)
    with written(path()) as own:
        expected().to_csv(own, index=False)


if __name__ == "__main__":
    main()
