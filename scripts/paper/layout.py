"""What a new paper consists of: files of its own from the template, lines in files that all share."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import jinja2
import nbformat
import yaml
from nbformat import NotebookNode, v4

from lib.corpora.catalogue import Corpus
from lib.params import PAPER, parse
from scripts.paper.naming import Paper, PaperError
from scripts.paper_profile import profile

CORPUS = "iemocap"
"""Corpus of the template's paper: a sample of it comes with the project."""
TEMPLATE = Path(__file__).with_name("template")
_TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(TEMPLATE),
    undefined=jinja2.StrictUndefined,
    keep_trailing_newline=True,
    variable_start_string="<<",
    variable_end_string=">>",
    block_start_string="<%",
    block_end_string="%>",
    comment_start_string="<#",
    comment_end_string="#>",
)
CELL = re.compile(r"^```python( parameters)?\n(.*?)\n```\n", re.MULTILINE | re.DOTALL)
HEADS = ("cells.csv", "claims.csv")
"""Files of printed numbers and claims; a new paper's have their head alone."""


def rendered(name: str, paper: Paper) -> str:
    """A file of the template for a paper."""
    return _TEMPLATES.get_template(name).render(paper=paper, corpus=CORPUS)


def notebook(text: str) -> str:
    """A notebook from Markdown, whose blocks of Python are the code cells.

    The block that begins with ``python parameters`` is papermill's.
    """
    cells: list[NotebookNode] = []

    def add(new: Callable[..., NotebookNode], source: str, tags: list[str] | None = None) -> None:
        if source := source.strip("\n"):
            cells.append(new(source, id=str(len(cells)), metadata={"tags": tags} if tags else {}))

    head, *parts = re.split(r"^(?=## Set-up$)", text, maxsplit=1, flags=re.MULTILINE)
    add(v4.new_markdown_cell, head)
    place, rest = 0, "".join(parts)
    for block in CELL.finditer(rest):
        add(v4.new_markdown_cell, rest[place : block.start()])
        add(v4.new_code_cell, block[2], ["parameters"] if block[1] else None)
        place = block.end()
    add(v4.new_markdown_cell, rest[place:])
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return nbformat.writes(v4.new_notebook(cells=cells, metadata=metadata)) + "\n"


def tidied(code: dict[str, str], root: Path) -> dict[str, str]:
    """Code by its path, with imports in order and lines as the project's formatter breaks them.

    Raises
    ------
    PaperError
        If ruff is not installed or cannot read the code.
    """
    config = ["--config", str((root / "pyproject.toml").resolve())]
    ours = ["--config", 'lint.isort.known-first-party = ["lib"]']  # modules that are not there yet too
    with TemporaryDirectory() as name:
        folder = Path(name)
        for path, text in code.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")
        for words in (["check", "--fix-only", "--select", "I", *config, *ours], ["format", *config]):
            command = [sys.executable, "-m", "ruff", *words, "--quiet", "--no-cache", "."]
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
            if done.returncode:
                raise PaperError(f"ruff cannot format the template: {done.stderr.strip()}")
        return {path: (folder / path).read_text(encoding="utf-8") for path in code}


def new_files(paper: Paper, root: Path) -> dict[str, str]:
    """Text of every file of the paper's own by its path, the one that makes it known last.

    Raises
    ------
    PaperError
        See `tidied`.
    """
    group, facts = paper.group, f"lib/published/papers/{paper.key}"
    found = {f"lib/models/{group}.py": rendered("model.py.j2", paper), f"lib/papers/{group}/__init__.py": ""}
    for path in sorted((TEMPLATE / "papers").iterdir()):
        name = path.name.removesuffix(".j2")
        found[f"lib/papers/{group}/{name}"] = rendered(f"papers/{path.name}", paper)
    for path in sorted((TEMPLATE / "notebooks").iterdir()):
        found[f"notebooks/{group}/{path.stem}.ipynb"] = notebook(rendered(f"notebooks/{path.name}", paper))
    found[f"tests/papers/test_{group}.py"] = rendered("test.py.j2", paper)
    for name in HEADS:
        text = (root / "lib/published" / name).read_text(encoding="utf-8")
        found[f"{facts}/{name}"] = text.splitlines(keepends=True)[0]
    for path in sorted((TEMPLATE / "published").iterdir(), reverse=True):
        found[f"{facts}/{path.name}"] = rendered(f"published/{path.name}", paper)
    code = {path: text for path, text in found.items() if path.endswith((".py", ".ipynb"))}
    return found | tidied(code, root)


def changed_files(paper: Paper, root: Path) -> dict[str, str]:
    """New text of every file in which a paper has its lines, by its path.

    Raises
    ------
    PaperError
        If a file has not the line that says where they belong.
    """
    edits: dict[str, Callable[[str, Paper], str]] = {
        "dvc.yaml": _stages,
        "params.yaml": lambda text, own: _before(text, "replication:", rendered("params.yaml", own)),
        "profiles/sample.yaml": lambda text, own: _before(text, "replication:", rendered("sample.yaml", own)),
        f"lib/corpora/{CORPUS}.yaml": _corpus,
        "CITATION.cff": lambda text, own: text.rstrip("\n") + "\n" + rendered("citation.yaml", own),
        "README.md": _row,
        "DATASETS.md": _user,
    }
    found = {}
    for name, edit in edits.items():
        try:
            found[name] = edit((root / name).read_text(encoding="utf-8"), paper)
        except PaperError as error:
            raise PaperError(f"{name}: {error}") from None
    found[f"profiles/{PAPER}.yaml"] = profile(parse(found["params.yaml"]))
    _check(found, paper)
    return found


def _before(text: str, line: str, block: str) -> str:
    """Text with a block before the only line of this form."""
    if text.count(f"\n{line}\n") != 1:
        raise PaperError(f"there is not one line `{line.strip()}`, before which the paper's lines belong")
    return text.replace(f"\n{line}\n", f"\n{block}{line}\n")


def _replaced(text: str, pattern: str, new: str) -> str:
    """Text with the only place of a pattern replaced."""
    text, number = re.subn(pattern, new, text, flags=re.MULTILINE)
    if number != 1:
        raise PaperError(f"{number} places have the form `{pattern}`, where one takes the paper's name")
    return text


def _stages(text: str, paper: Paper) -> str:
    text = _before(text, "  replication_01_controls:", rendered("stages.yaml", paper))
    start = text.find("\n  replication_02_verdicts:\n")
    last = text.rfind("      - reports/", start, text.find("\n\n", start + 1))
    if start < 0 or last < 0:
        raise PaperError("there is no stage replication_02_verdicts that depends on results")
    end = text.index("\n", last) + 1
    return f"{text[:end]}      - reports/{paper.group}\n{text[end:]}"


def _corpus(text: str, paper: Paper) -> str:
    text = _replaced(text, r"^(papers: \[.+)\]$", rf"\1, {paper.short}]")
    text = _replaced(text, r"^(lists: \[.+)\]$", rf"\1, {paper.group}.corpora]")
    use = f"  {paper.group}: {{modalities: [audio], columns: {{sound: wav}}}}\n"
    return _replaced(text, r"^(?=lists: )", use)


def _row(text: str, paper: Paper) -> str:
    table = re.search(r"^\| Paper \|(?:.*\n)(?:\|.*\n)+", text, re.MULTILINE)
    if not table:
        raise PaperError("there is no table with the head `| Paper |`")
    return text[: table.end()] + rendered("row.md", paper) + text[table.end() :]


def _user(text: str, paper: Paper) -> str:
    pattern = rf"^(\| \[{CORPUS}\]\(.+?\) \|[^|]+\|[^|]+?) \|"
    return _replaced(text, pattern, rf"\1, {paper.short} |")


def _check(found: dict[str, str], paper: Paper) -> None:
    """Raise PaperError if a changed file does not hold what it should."""
    stages, values = parse(found["dvc.yaml"])["stages"], parse(found["params.yaml"])
    entry = Corpus(name=CORPUS, **yaml.safe_load(found[f"lib/corpora/{CORPUS}.yaml"]))
    cited = yaml.safe_load(found["CITATION.cff"])["references"]
    known = {
        "dvc.yaml": f"{paper.group}_02_training" in stages,
        "params.yaml": f"{CORPUS}" in values.get(paper.group, {}).get("corpora", ()),
        "profiles/sample.yaml": paper.group in parse(found["profiles/sample.yaml"]),
        f"lib/corpora/{CORPUS}.yaml": paper.group in entry.uses and paper.short in entry.papers,
        "CITATION.cff": paper.key in [reference["abbreviation"] for reference in cited],
    }
    if wrong := [name for name, holds in known.items() if not holds]:
        raise PaperError(f"{', '.join(wrong)}: has another form than the template expects")
