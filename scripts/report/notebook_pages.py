"""Executed notebooks as pages of the report: under their papers, in the order of work."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pandas as pd
from markupsafe import escape

from lib.evaluation.results import StageResult
from lib.published.tables import PAPERS, method
from scripts.report.pages import box, group_of, render

FOLDERS = ("published", *dict.fromkeys(method(paper)["notebooks"] for paper in PAPERS), "replication")
"""Folders of notebooks in the order in which the report lists them."""
TABLE = re.compile(r'<table[^>]*class="dataframe".*?</table>', re.DOTALL)
SCROLLS = 'class="scrolls"'
"""In the HTML of tables that `lib.figures.tables.html` wrote."""
REGION, GROUP = 'role="region"', 'role="group"'
"""What earlier versions wrote there, and what it is: many landmarks of one name help nobody."""


def titles() -> dict[str, str]:
    """What the report calls each of `FOLDERS`: the papers that its notebooks serve."""
    found = {"published": "Notebooks on the printed numbers", "replication": "Notebooks on all papers"}
    for paper in PAPERS:
        folder, short = method(paper)["notebooks"], paper.split("-")[0]
        found[folder] = f"{found[folder]}, {short}" if folder in found else f"Notebooks of {short}"
    return {folder: found[folder] for folder in FOLDERS}


def page_name(result: StageResult) -> str:
    """Name of the page of a result's notebook, below the book's source."""
    corpus = result.content["data"].get("corpus", "")
    return "notebooks/" + "-".join(filter(None, [*result.notebook.split("/"), corpus]))


def notebook_pages(results: Sequence[StageResult], source: Path, sampled: bool) -> dict[str, list[str]]:
    """Write executed notebooks as pages below `source`; give the pages' names by folder of notebooks.

    The corpus is added to the title. Notebooks that show results on a sample get a watermark, those
    of replication if any result comes from one (`sampled`). Every figure has an alternative text and
    every table the form of `lib.figures.tables.html`, whenever the notebook was executed.
    """
    found: dict[str, list[str]] = {folder: [] for folder in FOLDERS}
    for result in sorted(results, key=page_name):
        folder, name = result.notebook.split("/")
        path = result.folder / f"{name}.ipynb"
        if not path.is_file():
            continue
        corpus, group = result.content["data"].get("corpus", ""), group_of(result)
        content = json.loads(path.read_text(encoding="utf-8"))
        first = content["cells"][0]
        title, *rest = "".join(first["source"]).split("\n")
        marked = group == "synthetic" or (group == "replication" and sampled)
        title += f" ({corpus})" if corpus else ""
        mark = render("watermark", synthetic=marked)
        first["source"] = "\n".join([title, *rest, "", mark])
        _mend(content["cells"])
        page = page_name(result)
        (source / f"{page}.ipynb").write_text(json.dumps(content), "utf-8")
        if page not in found.setdefault(folder, []):
            found[folder].append(page)
    return {folder: pages for folder, pages in found.items() if pages}


def _mend(cells: list[dict[str, Any]]) -> None:
    """Replace figures and tables among the outputs by what a page shows."""
    heading = ""
    for cell in cells:
        if cell["cell_type"] == "markdown":
            heads = re.findall(r"^#+ (.+)$", "".join(cell["source"]), re.MULTILINE)
            heading = heads[-1] if heads else heading
        for output in cell.get("outputs", ()):
            data, about = output.get("data", {}), output.get("metadata", {})
            text = "".join(data.get("text/html", ""))
            if "image/png" in data:
                alt = about.get("image/png", {}).get("alt") or f"Figure of the section {heading}"
                output["data"] = {"text/html": _picture("".join(data["image/png"]), alt)}
            elif SCROLLS not in text and (table := TABLE.search(text)):
                data["text/html"] = boxed(table.group())
            elif SCROLLS in text:
                data["text/html"] = text.replace(REGION, GROUP).replace("<th></th>", "<th>row</th>")


def _picture(encoded: str, alt: str) -> str:
    return f'<img src="data:image/png;base64,{"".join(encoded.split())}" alt="{escape(alt)}">'


def boxed(text: str) -> str:
    """A table in the HTML of pandas, in the form of those that notebooks show.

    A head of several levels is joined into one row; numbers without a name (0, 1, ...) that pandas
    puts before the rows are left out.
    """
    table = ElementTree.fromstring(text)
    rows = [_texts(row) for row in table.iter("tr")]
    number = len(table.findall("./thead/tr"))
    heads, body = rows[:number], rows[number:]
    if number > 1 and not any(heads[-1][1:]):  # the last row names the index, the first the columns
        heads = [[heads[-1][0], *heads[0][1:]]]
    names = [" ".join(dict.fromkeys(filter(None, column))) for column in zip(*heads, strict=True)]
    width = len(names)
    body = [[""] * (width - len(row)) + row for row in body]  # a spanned cell stands in its first row
    frame = pd.DataFrame(body, columns=pd.Index(range(width)), dtype=object)
    frame = frame.apply(_numbers).set_axis(pd.Index(names), axis=1)
    if not names[0] and list(frame.iloc[:, 0]) == list(range(len(frame))):
        frame = frame.iloc[:, 1:]
    return box(frame)


def _texts(row: ElementTree.Element) -> list[str]:
    """Texts of a row's cells; one that spans columns stands in each of them."""
    return ["".join(cell.itertext()).strip() for cell in row for _ in range(int(cell.get("colspan", 1)))]


def _numbers(column: pd.Series) -> pd.Series:
    """The column as numbers if all its cells are numbers or missing."""
    missing = column.isin(["", "NaN", "None", "<NA>"])
    numbers = pd.to_numeric(column.mask(missing), errors="coerce")
    return numbers if numbers.notna().eq(~missing).all() and not missing.all() else column
