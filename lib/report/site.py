"""Build the report: `reports/README.md` for readers on a forge, `reports/site` as a book."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from lib.evaluation.results import StageResult, all_results
from lib.figures import style as figures
from lib.params import project_path
from lib.published.tables import PAPERS
from lib.replication import verdicts
from lib.report import diagrams, links, paper_pages
from lib.report.pages import WATERMARK, markdown_table, overview
from lib.report.pages import figures as figure_lines

REPORTS = "reports"
SITE = "reports/site"
SOURCE = "outputs/site"
# Figures that git keeps for readers of the READMEs, by name and where a stage writes them.
SHOWN = {
    "audit.png": "published/01_audit/figures/audit.png",
    "overlay.png": "skeletal/01_extraction/iemocap/figures/overlay.png",
    "uar.png": "skeletal/02_training/iemocap/figures/uar.png",
    "verdicts.png": "replication/02_verdicts/figures/verdicts.png",
}
TITLE = "# Emotion-recognition compendium: report\n"


class SiteError(RuntimeError):
    """The report cannot be built."""


def write_readme(results: list[StageResult]) -> Path:
    """Write `reports/README.md`, tables and the figures that git keeps."""
    path = project_path(f"{REPORTS}/README.md")
    pictures = []
    for name, source in SHOWN.items():
        figure = project_path(REPORTS) / source
        if figure.is_file():
            copy = path.parent / "figures" / name
            copy.parent.mkdir(exist_ok=True)
            shutil.copyfile(figure, copy)
            caption = figure.with_suffix(".txt").read_text(encoding="utf-8").strip()
            pictures.append(f"![{caption}](figures/{name})\n\n*{caption}*\n\n")
    head = f"{TITLE}\nMade from stored predictions by `make report`; nothing here is typed.\n\n"
    head += home_summary(results) + "".join(pictures)
    path.write_text(head + overview(results, path.parent, pictures=False), encoding="utf-8")
    return path


def _is_synthetic(folder: Path, kinds: dict[Path, str]) -> bool:
    """Whether a stage's notebook shows results on a sample; replication rests on all of them."""
    if folder.parent.name == "replication":
        return "synthetic" in kinds.values()
    return kinds.get(folder) == "synthetic"


def _notebook_pages(reports: Path, source: Path, marked: Callable[[Path], bool]) -> list[str]:
    pages = []
    for notebook in sorted(reports.rglob("*.ipynb")):
        if "site" in notebook.relative_to(reports).parts or ".ipynb_checkpoints" in notebook.parts:
            continue
        corpus = notebook.parent.name if notebook.parent.name != notebook.stem else ""
        name = "-".join([*notebook.relative_to(reports).parts[:2], *([corpus] if corpus else [])])
        text = _shown(json.loads(notebook.read_text(encoding="utf-8")), corpus, marked(notebook))
        (source / "notebooks" / f"{name}.ipynb").write_text(text, encoding="utf-8")
        pages.append(f"notebooks/{name}")
    return pages


def _shown(content: dict[str, Any], corpus: str, synthetic: bool) -> str:
    """An executed notebook as a page: its corpus in the title, a watermark where there must be."""
    first = content["cells"][0]
    lines = "".join(first["source"]).split("\n")
    if corpus:
        lines[0] += f" ({corpus})"
    first["source"] = "\n".join([*lines, "", WATERMARK] if synthetic else lines)
    return json.dumps(content)


def _copy_results(results: list[StageResult], source: Path, reports: Path) -> list[StageResult]:
    copies = []
    for result in results:
        folder = source / "results" / result.folder.relative_to(reports)
        shutil.copytree(result.folder, folder, ignore=shutil.ignore_patterns("*.ipynb"))
        copies.append(StageResult(folder, result.content))
    return copies


def _write_pages(
    copies: list[StageResult], results: list[StageResult], source: Path, notebooks: list[str]
) -> None:
    """Home, a page a paper, all results, pipeline."""
    cells = verdicts.cell_verdicts(results)
    claims = verdicts.claim_verdicts(cells)
    mark = WATERMARK if any(result.kind == "synthetic" for result in results) else ""
    (source / "papers").mkdir()
    for paper in PAPERS:
        corpora = verdicts.PAPER_CORPORA[paper]
        own = [
            result
            for result in copies
            if result.notebook.split("/")[0] == paper_pages.STAGES[paper]
            and result.content["data"].get("corpus") in corpora
        ]
        text = paper_pages.paper_page(
            paper, cells, claims, _findings(results), own, source / "papers"
        )
        (source / "papers" / f"{paper}.md").write_text(text, encoding="utf-8")
    (source / "results.md").write_text(
        f"# All results\n\n{mark}\n\n" + overview(copies, source, pictures=True), encoding="utf-8"
    )
    figures.use_style()
    picture = figures.save_figure(
        diagrams.pipeline_figure(diagrams.stages()), source / "pipeline.png",
        "Stages of the pipeline, drawn from dvc.yaml.",
    )  # fmt: skip
    steps = [
        {"stage": name, "rests on": ", ".join(sorted(before))}
        for name, before in diagrams.stages().items()
    ]
    (source / "pipeline.md").write_text(
        f"# The pipeline\n\nOne stage a notebook; an arrow leads from what a stage rests on.\n\n"
        f"![Stages of the pipeline]({picture.name})\n\n{markdown_table(pd.DataFrame(steps))}\n",
        encoding="utf-8",
    )
    (source / "index.md").write_text(_home(results, copies, source, notebooks), encoding="utf-8")


def _findings(results: list[StageResult]) -> pd.DataFrame:
    """Findings of the audit; empty where it has not run."""
    for result in results:
        path = result.folder / "tables" / "findings.csv"
        if result.notebook == "published/01_audit" and path.is_file():
            return pd.read_csv(path, dtype=str).fillna("")
    return pd.DataFrame(columns=["paper", "question", "arithmetic", "outcome", "reason"])


def home_summary(results: list[StageResult], link: str = "") -> str:
    """What was reproduced, on which data, with what result: a paragraph and a table."""
    cells = verdicts.cell_verdicts(results)
    counts = verdicts.summary(cells)
    kinds = {
        (result.content["data"].get("corpus"), result.content["data"]["marker"])
        for result in results
        if result.content["data"].get("corpus")
    }
    licensed = sorted(corpus for corpus, marker in kinds if marker == "licensed corpus")
    parts = [
        "Five papers on emotion recognition, re-implemented from raw files to every table and "
        "figure. ",
        f"On the papers' own corpora: {', '.join(licensed)}. " if licensed else
        "**No licensed corpus was at hand for this build: every number of ours on a paper's "
        "exhibits is from a synthetic sample, which shows that the chain works from raw video to "
        "report, not that a paper is right.** ",
    ]  # fmt: skip
    for result in results:
        if result.notebook == "replication/01_controls":
            values = result.content["values"]
            parts.append(
                f"Of {values['planted effects']} effects planted in the samples "
                f"{values['recovered']} are recovered; of {values['models on permuted labels']} "
                f"models on permuted labels {values['intervals that contain chance']} have a 95 % "
                "interval that contains chance, and "
                f"{values['simultaneous intervals that contain chance']} a simultaneous one. "
            )
    rows = [
        {"paper": f"[{paper}]({link}{paper}.md)" if link else paper,
         "about": paper_pages.methods()[paper]["title"], **counts.loc[paper].to_dict()}
        for paper in PAPERS
    ]  # fmt: skip
    return "".join(parts) + "\n\n" + markdown_table(pd.DataFrame(rows)) + "\n\n"


def _home(
    results: list[StageResult], copies: list[StageResult], source: Path, notebooks: list[str]
) -> str:
    mark = WATERMARK if any(result.kind == "synthetic" for result in results) else ""
    parts = [TITLE, mark, ":::{container} synthetic", home_summary(results, "papers/"), ":::"]
    for result in reversed(copies):  # verdicts before controls
        if result.notebook.startswith("replication/"):
            parts += figure_lines(result, source)
    todo = verdicts.to_do(verdicts.cell_verdicts(results))
    if len(todo):
        parts += ["## What must be done to run the rest", markdown_table(todo)]
    trees = {
        "The papers": [f"papers/{paper}" for paper in PAPERS],
        "Behind the numbers": ["statistics", "pipeline", "results"],
        "Executed notebooks": notebooks,
    }
    for caption, pages in trees.items():
        parts.append("\n".join(["```{toctree}", f":caption: {caption}", ":hidden:", "", *pages,
                                "```"]))  # fmt: skip
    return "\n\n".join(parts) + "\n"


def build() -> Path:
    """Write the README and the book; return the book's first page.

    Raises
    ------
    SiteError
        If there are no results yet, or Sphinx reports an error.
    """
    reports = project_path(REPORTS)
    results = list(all_results(reports))
    if not results:
        raise SiteError(f"{reports} holds no results yet: run make repro")
    write_readme(results)
    source = project_path(SOURCE)
    shutil.rmtree(source, ignore_errors=True)
    (source / "notebooks").mkdir(parents=True)
    shutil.copytree(Path(__file__).parent / "sphinx", source, dirs_exist_ok=True)
    kinds = {result.folder: result.kind for result in results}
    pages = _notebook_pages(reports, source, lambda path: _is_synthetic(path.parent, kinds))
    copies = _copy_results(results, source, reports)
    _write_pages(copies, results, source, pages)
    site = project_path(SITE)
    shutil.rmtree(site, ignore_errors=True)
    command = [sys.executable, "-m", "sphinx", "-q", "-j", "auto", "-b", "html"]
    done = subprocess.run([*command, str(source), str(site)], capture_output=True, text=True)
    shutil.rmtree(site.parent / "jupyter_execute", ignore_errors=True)  # MyST-NB's scratch
    if done.returncode:
        raise SiteError(f"sphinx failed:\n{done.stdout}\n{done.stderr}")
    wrong = [*links.broken(site), *links.remote(site)]
    if wrong:
        raise SiteError("links that lead nowhere or to other hosts:\n" + "\n".join(wrong[:20]))
    return site / "index.html"


def main() -> None:
    """Build and say where the report is."""
    print(f"report: {build()}")


if __name__ == "__main__":
    main()
