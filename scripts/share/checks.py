"""Checks of a file of shared results: what is damaged, edited or foreign is refused with the reason."""

import json
import math
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import ValidationError

from lib.content import reading
from lib.corpora import catalogue, egait, emotic
from lib.evaluation.beside import AGREES, DIFFERS, INCONCLUSIVE, margin_of, verdicts
from lib.evaluation.metrics import METRICS
from lib.evaluation.values import SINGLE
from lib.project import project_path
from lib.published import tables
from lib.replication.verdicts import PAPER_CORPORA
from scripts.share.document import (
    FORMAT,
    VERSION,
    WITHHELD,
    Cell,
    Data,
    Document,
    Result,
    ShareError,
    checksum,
    settings_version,
    texts,
)
from scripts.share.privacy import suspicious

LARGEST = 50_000_000
"""Bytes of a file; one of all corpora has about one million."""
ROUNDED = 2e-4
"""Numbers beside printed ones have four decimal places."""
FOREIGN = "is no file of shared results in JSON and UTF-8, or was damaged, cut off or edited: get it again"
MARKERS = {"synthetic": "synthetic sample", "open": "open data"}


def load(path: Path) -> dict[str, Any]:
    """Content of a file of shared results before its parts are checked.

    Raises
    ------
    ShareError
        If the file is missing, too large, no JSON, of another kind or version, or its checksum is wrong.
    """
    if not path.is_file():
        raise ShareError(f"{path}: there is no such file")
    if path.stat().st_size > LARGEST:
        raise ShareError(f"{path} is larger than {LARGEST / 1e6:.0f} MB: no file of shared results")
    with reading(path, ShareError, FOREIGN):
        text = path.read_bytes().decode("utf-8")
        content = json.loads(text, object_pairs_hook=_unique, parse_constant=_finite)
        return _known(content, path)


def _known(content: Any, path: Path) -> dict[str, Any]:
    """Content of a file of this kind and version whose checksum fits."""
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ShareError(f"{path} is no file of shared results: make share writes such a file")
    if content.get("version") != VERSION:
        raise ShareError(
            f"{path} has the form {content.get('version')!r}, this project reads {VERSION}: "
            "share again with the same version of the project"
        )
    if content.get("checksum") != checksum(content):
        raise ShareError(f"{path}: its checksum does not fit its content: it was damaged or edited")
    return content


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names):
        twice = Counter(names).most_common(1)[0][0]
        raise ValueError(f"{twice!r} occurs twice in one place: the file was edited")
    return dict(pairs)


def _finite(text: str) -> float:
    raise ValueError(f"{text} is no number: the file was edited, or made by another program")


def check(path: Path) -> Document:
    """Read a file of shared results and check everything that can be checked without its data.

    Raises
    ------
    ShareError
        As `load`, or naming the first part that is of another form, impossible, or does not fit the
        rest: counts that are not the release's, scores out of range, settings, margins or verdicts
        that do not follow from what they should follow from, texts that may name a sample.
    """
    content = load(path)
    with reading(path, ShareError, FOREIGN):
        try:
            document = Document.model_validate_json(json.dumps(content), strict=True)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))
            raise ShareError(f"{path}: {place}: {first['msg']}") from None
        for problem in _problems(document, content):
            raise ShareError(f"{path}: {problem}")
        return document


def _problems(document: Document, content: dict[str, Any]) -> Iterable[str]:
    for name, data in document.corpora.items():
        if problem := wrong_data(name, data):
            yield problem
    kinds = {data.kind for data in document.corpora.values()}
    if document.synthetic != ("synthetic" in kinds):
        yield "'synthetic' does not fit the kinds of its corpora"
    used = {result.corpus for result in document.results}
    if not used or used != set(document.corpora):
        yield f"it has results on {sorted(used)}, but describes {sorted(document.corpora)}"
    named = [(result.stage, result.corpus) for result in document.results]
    if len(set(named)) < len(named):
        yield "a stage has two results on the same corpus"
    for result in document.results:
        where = f"{result.stage} on {result.corpus}"
        for problem in _wrong_result(result, document.corpora[result.corpus]):
            yield f"{where}: {problem}"
    ids = [cell.cell_id for result in document.results for cell in result.cells]
    if len(set(ids)) < len(ids):
        yield f"{next(own for own in ids if ids.count(own) > 1)} has two numbers"
    if odd := next((text for text in texts(content) if suspicious(text)), None):
        yield f"{odd!r} may name a sample or a file, which shared results never do"


def wrong_data(name: str, data: Data) -> str:
    """What is wrong with the version of a corpus; empty if nothing is."""
    if name not in catalogue.names():
        return f"corpus {name!r} is none of {', '.join(catalogue.names())}"
    own = catalogue.get(name)
    if data.kind not in ("synthetic", own.kind):
        return f"{name} is {own.kind} data, not {data.kind}"
    if (data.kind == "synthetic") != data.version.startswith("sample-"):
        return f"{name}: version {data.version} is not that of {data.kind} data"
    if any(number < 0 for number in data.counts.values()) or not any(data.counts.values()):
        return f"{name}: counts {data.counts} are impossible"
    if data.kind == "synthetic":
        return ""
    releases = _releases(name, data.counts)
    fits = [all(data.counts.get(key) == number for key, number in own.items()) for own in releases]
    if releases and not any(fits):
        wrong = [key for key, number in releases[0].items() if data.counts.get(key) != number]
        found = ", ".join(f"{key} {data.counts.get(key)}, not {releases[0][key]}" for key in wrong[:3])
        return f"{name}: counts are not the release's: {found}"
    return ""


def _releases(name: str, counts: dict[str, int]) -> list[dict[str, int]]:
    """Counts of the known releases of a corpus."""
    expected = catalogue.get(name).expected
    if name == "ravdess":  # by actor and modality; a copy may have any number of actors
        return []
    if name == "egait":
        return [expected | {"gaits": size} | classes for size, classes in egait.RELEASES.items()]
    if name == "emotic":
        return [expected, *(own for own in emotic.EXPECTED.values() if own)]
    if name == "rml" and "rml-1" not in counts:
        return [{key: number for key, number in expected.items() if not key.startswith("rml-")}]
    if name in ("recola", "sewa"):  # SEWA's later releases have several languages
        times = max(1, counts.get("recordings", 0) // expected["recordings"])
        return [{key: times * number for key, number in expected.items()}]
    return [expected]


def _wrong_result(result: Result, data: Data) -> Iterable[str]:
    paper = result.stage.split("/")[0]
    if not project_path(f"notebooks/{result.stage}.ipynb").is_file():
        yield "this project has no such notebook"
    if paper not in catalogue.get(result.corpus).uses:
        yield f"no notebook of {paper} uses this corpus"
    if (
        WITHHELD not in texts(result.settings)
        and settings_version(result.settings) != result.settings_version
    ):
        yield "its settings do not have the digest that it states: they were edited"
    most = max(data.counts.values())
    seen = set()
    for score in result.scores:
        place = f"{score.experiment}, {score.metric}"
        if (score.experiment, score.metric) in seen:
            yield f"{place}: occurs twice"
        seen.add((score.experiment, score.metric))
        known = METRICS.get(score.metric.removesuffix(SINGLE))
        if known is None:
            yield f"{place}: this project has no such metric"
            continue
        low, high = known.bounds
        values = (score.score, score.low, score.high)
        if any(not low - 1e-9 <= value <= high + 1e-9 for value in values):
            yield f"{place}: {values} is not within {low:g} to {high:g}"
        if score.low > score.high:
            yield f"{place}: its interval ends at {score.high} before it begins at {score.low}"
        if score.samples > most:
            yield f"{place}: {score.samples} samples are more than the corpus has"
        if score.runs < score.repeats or (score.spread is not None and score.spread < 0):
            yield f"{place}: {score.runs} runs in {score.repeats} repetitions, spread {score.spread}"
    for cell in result.cells:
        if problem := _wrong_cell(cell, result, data):
            yield f"{cell.cell_id}: {problem}"


def _wrong_cell(cell: Cell, result: Result, data: Data) -> str:
    if cell.cell_id not in tables.cells().index:
        return "no published number has this name"
    printed = tables.cell(cell.cell_id)
    if result.corpus not in PAPER_CORPORA.get(printed["paper"], ()):
        return f"its paper does not use {result.corpus}"
    if cell.low is not None and cell.high is not None and cell.low > cell.high:
        return f"its interval ends at {cell.high} before it begins at {cell.low}"
    if pd.isna(printed["value"]) != (cell.gap is None):
        return "it has a gap but no number is printed, or no gap to a printed number"
    if cell.gap is not None and abs(cell.ours - printed["value"] - cell.gap) > ROUNDED:
        return f"{cell.ours} less the printed {printed['value']} is not the stated gap {cell.gap}"
    return _wrong_verdict(cell, printed, data)


def _wrong_verdict(cell: Cell, printed: "pd.Series[Any]", data: Data) -> str:
    if data.kind in MARKERS:
        if cell.verdict != f"not comparable: {MARKERS[data.kind]}":
            return f"verdict {cell.verdict!r} on a {MARKERS[data.kind]}, which is never compared"
        return ""
    if re.match("(protocol differs|not comparable): .", cell.verdict):
        return ""
    if cell.verdict not in (AGREES, DIFFERS, INCONCLUSIVE):
        return f"{cell.verdict!r} is no verdict"
    limits = (cell.gap_low, cell.gap_high, cell.margin)
    if cell.gap is None or any(value is None for value in limits):
        return f"{cell.verdict!r} without a gap, its interval and a margin"
    factor = 100 if printed["unit"] == "percent" else 1
    margins = {margin_of(printed[name]) * factor for name in ("metric", "compared_as")}
    if not any(math.isclose(float(cell.margin or 0), own, abs_tol=ROUNDED) for own in margins):
        return f"margin {cell.margin} is none of {sorted(margins)}"
    columns = (pd.Series([value], dtype=float) for value in limits)
    if (own := str(verdicts(*columns)[0])) != cell.verdict:
        return f"{cell.verdict!r}, although its gap and margin give {own!r}"
    return ""
