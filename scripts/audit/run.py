"""Audit a file of predictions: ``make audit PREDICTIONS=mine.csv``.

Values come from the environment: PREDICTIONS, and if given FOLDS, OTHER (more files of the same
samples), PRINTED (``UAR=65.6``), NAMES (``truth=emotion id=utt``), CLASSES, CLUSTER, PATTERN and
OUT, the folder that is written.
"""

import argparse
import html
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
from markdown_it import MarkdownIt
from papermill import PapermillExecutionError

from lib import processor
from lib.files import write_parquet, write_text
from lib.params import project_path
from scripts.audit.files import words
from scripts.audit.predictions import AuditError
from scripts.audit.reading import joined, read, read_folds, require_shared
from scripts.notebook import execute

NOTEBOOK = "audit/01_predictions"
STYLE = """body {max-width: 70em; margin: 2em auto; padding: 0 1em; font: 16px/1.5 sans-serif; color: #222;
background: #fff} table {border-collapse: collapse; font-size: 14px; display: block; overflow-x: auto}
td, th {padding: .2em .7em; border-bottom: 1px solid #ccc; text-align: right} img {max-width: 100%}
pre {white-space: pre-wrap} code {background: #f2f2f2}"""


def page(notebook: Path, title: str) -> str:
    """Text, tables and figures of an executed notebook as one HTML page that loads nothing."""
    parts, markdown = [], MarkdownIt("commonmark", {"html": False}).enable("table")
    for cell in nbformat.read(notebook, nbformat.NO_CONVERT).cells:
        if cell.cell_type == "markdown":
            parts.append(markdown.render(cell.source))
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if "image/png" in data:
                picture = "".join(data["image/png"].split())
                parts.append(f'<p><img alt="figure" src="data:image/png;base64,{picture}"></p>')
            elif "text/html" in data:
                parts.append(data["text/html"])
            elif "text/markdown" in data:
                parts.append(markdown.render(data["text/markdown"]))
            else:
                parts.append(f"<pre>{html.escape(output.get('text') or data.get('text/plain', ''))}</pre>")
    head = f'<meta charset="utf-8"><title>{html.escape(title)}</title><style>{STYLE}</style>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{"".join(parts)}</body></html>\n'


def others(text: str) -> list[Path]:
    """Files that OTHER names, in quotes where a name has blanks."""
    return [Path(text)] if Path(text).is_file() else [Path(name) for name in words(text, "OTHER")]


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Turn an error of the machine while `folder` is written into an `AuditError` that names it."""
    try:
        yield
    except OSError as error:
        said = error.strerror or error
        raise AuditError(
            f"{folder} cannot be written ({said}): choose another folder by OUT, or free space"
        ) from None


def audit(given: dict[str, str]) -> Path:
    """Check the files, execute the notebook on them and return the folder that holds everything.

    Raises
    ------
    AuditError
        If a file is damaged or a value cannot be understood.
    """
    path = Path(given["PREDICTIONS"])
    # not COLUMNS, in which shells keep the width of the terminal
    variables = {"columns": "NAMES", "classes": "CLASSES", "cluster": "CLUSTER", "pattern": "PATTERN"}
    options = {name: given.get(variable, "") for name, variable in variables.items()}
    table = read(path, **options)
    for other in others(given.get("OTHER", "")) if given.get("OTHER") else []:
        table = joined(table, read(other, **options), other)
    folder = Path(given.get("OUT") or project_path(f"outputs/audit/{path.stem}")).absolute()
    stored, folds = folder / "outputs", None
    if given.get("FOLDS"):
        folds = read_folds(Path(given["FOLDS"]), options["columns"], options["pattern"])
        require_shared(folds, table, Path(given["FOLDS"]))
    with writing(folder):
        stored.mkdir(parents=True, exist_ok=True)
        write_parquet(stored / "predictions.parquet", table)
        if folds is not None:
            write_parquet(stored / "folds.parquet", folds)
    parameters = {"predictions": str(stored / "predictions.parquet"), "name": path.name}
    parameters |= {"folds": "" if folds is None else str(stored / "folds.parquet")}
    parameters |= {"printed": given.get("PRINTED", ""), "results": str(folder)}
    executed = folder / "predictions.ipynb"
    try:
        with writing(folder):
            execute(project_path(f"notebooks/{NOTEBOOK}.ipynb"), executed, parameters)
    except PapermillExecutionError as error:
        if error.ename == AuditError.__name__:
            raise AuditError(error.evalue) from None
        raise
    with writing(folder):
        write_text(folder / "audit.html", page(executed, f"Audit of {path.name}"))
    return folder


def main() -> None:
    """Command line; the last line says where the page is, or what is wrong with a file."""
    text, _, more = (__doc__ or "").partition("\n\n")
    argparse.ArgumentParser("python -m scripts.audit.run", None, text, more).parse_args()
    if not os.environ.get("PREDICTIONS"):
        sys.exit("PREDICTIONS: the file of predictions, for example make audit PREDICTIONS=mine.csv")
    processor.pin()
    try:
        folder = audit(dict(os.environ))
    except AuditError as error:
        sys.exit(str(error))
    print(f"audit: {folder / 'audit.html'}; tables and metrics.json: {folder / 'reports'}")


if __name__ == "__main__":
    main()
