"""Build the report: `reports/README.md` for readers on a forge, `reports/site` as a book."""

import argparse
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from lib.evaluation.results import StageResult, all_results
from lib.figures import style
from lib.notebook import DURATIONS
from lib.params import project_path
from lib.published.tables import PAPERS, method
from lib.replication import verdicts
from lib.report import diagrams, pages
from lib.report.paper_pages import paper_page

REPORTS = "reports"
SITE = "reports/site"
SOURCE = "outputs/site"
SHOWN = {
    "audit.png": "published/01_audit/figures/audit.png",
    "overlay.png": "skeletal/01_extraction/iemocap/figures/overlay.png",
    "uar.png": "skeletal/02_training/iemocap/figures/uar.png",
    "verdicts.png": "replication/02_verdicts/figures/verdicts.png",
}
"""Figures that git keeps for the READMEs: name, and where a stage writes it."""
NO_FINDINGS = pd.DataFrame(columns=["paper", "question", "arithmetic", "outcome", "reason"])
REMOTE = re.compile(
    r"""<(?:script|img|iframe|source)\b[^>]*\ssrc=["'](?:https?:)?//[^"']+"""
    r"""|<link\b(?=[^>]*\srel=["'](?:stylesheet|preload|icon)["'])"""
    r"""[^>]*\shref=["'](?:https?:)?//[^"']+"""
)
"""Scripts, styles, fonts and pictures that a page loads from other hosts."""


class SiteError(RuntimeError):
    """The report cannot be built."""


def write_readme(results: list[StageResult]) -> Path:
    """Write `reports/README.md` and copy the figures that git keeps."""
    path = project_path(f"{REPORTS}/README.md")
    shown = []
    for name, source in SHOWN.items():
        figure = project_path(REPORTS) / source
        if figure.is_file():
            copy = path.parent / "figures" / name
            copy.parent.mkdir(exist_ok=True)
            shutil.copyfile(figure, copy)
            caption = figure.with_suffix(".txt").read_text(encoding="utf-8").strip()
            shown.append({"path": f"figures/{name}", "caption": caption})
    groups = pages.groups(results, path.parent, pictures=False)
    text = pages.render("readme", figures=shown, groups=groups, **home_summary(results))
    path.write_text(text, encoding="utf-8")
    return path


def home_summary(results: list[StageResult], link: str = "{}") -> dict[str, Any]:
    """What was reproduced, on which data, with what result, for the macro ``summary``."""
    counts = verdicts.summary(verdicts.cell_verdicts(results))
    counts.insert(0, "about", [method(paper)["title"] for paper in counts.index])
    counts.insert(0, "paper", [link.format(paper) for paper in counts.index])
    corpora = {r.content["data"].get("corpus") for r in results if r.kind == "licensed"}
    controls = [r.content["values"] for r in results if r.notebook == "replication/01_controls"]
    return {
        "papers": counts,
        "corpora": sorted(filter(None, corpora)),
        "controls": controls[0] if controls else None,
        "synthetic": any(result.kind == "synthetic" for result in results),
    }


def missing(instances: Iterable[str], reports: Path) -> pd.DataFrame:
    """Stages without results, and those without an executed notebook: ``missing``, ``stages``.

    Executed notebooks are kept by DVC, not by git: a fresh clone has results without them.
    """
    absent: dict[str, list[str]] = {}
    for name in instances:
        stage, _, corpus = name.partition("@")
        paper, _, notebook = stage.partition("_")
        folder = reports / paper / notebook / corpus
        files = {"results": "metrics.json", "executed notebooks": f"{notebook}.ipynb"}
        for what, file in files.items():
            if not (folder / file).is_file():
                absent.setdefault(what, []).append(f"{paper}/{notebook} {corpus}".strip())
    rows = [(what, ", ".join(names)) for what, names in absent.items()]
    return pd.DataFrame(rows, columns=["missing", "stages"])


def _notebook_pages(reports: Path, source: Path, kinds: dict[Path, str]) -> list[str]:
    """Copy executed notebooks as pages, with the corpus in the title.

    Those that show results on a sample get a watermark; replication rests on all results.
    """
    found = []
    for notebook in sorted(reports.rglob("*.ipynb")):
        parts = notebook.relative_to(reports).parts
        if "site" in parts or ".ipynb_checkpoints" in parts:
            continue
        corpus = notebook.parent.name if notebook.parent.name != notebook.stem else ""
        name = "-".join(filter(None, [*parts[:2], corpus]))
        content = json.loads(notebook.read_text(encoding="utf-8"))
        first = content["cells"][0]
        title, *rest = "".join(first["source"]).split("\n")
        shown = kinds.values() if parts[0] == "replication" else [kinds.get(notebook.parent)]
        mark = pages.render("watermark", synthetic="synthetic" in shown)
        title += f" ({corpus})" if corpus else ""
        first["source"] = "\n".join([title, *rest, "", mark])
        (source / "notebooks" / f"{name}.ipynb").write_text(json.dumps(content), "utf-8")
        found.append(f"notebooks/{name}")
    return found


def _write_papers(copies: list[StageResult], source: Path, notebooks: list[str]) -> pd.DataFrame:
    """Write a page for each paper; return the verdicts."""
    cells = verdicts.cell_verdicts(copies)
    claims = verdicts.claim_verdicts(cells)
    findings = NO_FINDINGS
    for result in copies:
        path = result.folder / "tables" / "findings.csv"
        if result.notebook == "published/01_audit" and path.is_file():
            findings = pd.read_csv(path, dtype=str).fillna("")
    folder = source / "papers"
    folder.mkdir()
    for paper in PAPERS:
        own = [
            result
            for result in copies
            if result.notebook.split("/")[0] == method(paper)["notebooks"]
            and result.content["data"].get("corpus") in verdicts.PAPER_CORPORA[paper]
        ]
        text = paper_page(paper, cells, claims, findings, own, folder, notebooks)
        (folder / f"{paper}.md").write_text(text, encoding="utf-8")
    return cells


def _write_pages(copies: list[StageResult], source: Path, notebooks: list[str]) -> pd.DataFrame:
    """Write all pages except the notebooks; return what is missing."""
    cells = _write_papers(copies, source, notebooks)
    summary = home_summary(copies, "[{0}](papers/{0}.md)")
    instances = diagrams.instances()
    stages = diagrams.stages(instances)
    style.use_style()
    caption = "Stages of the pipeline, from DVC's graph."
    drawn = diagrams.pipeline_figure(stages)
    picture = style.save_figure(drawn, source / "pipeline.png", caption)
    steps = [(name, ", ".join(sorted(before))) for name, before in stages.items()]
    absent = missing(instances, project_path(REPORTS))
    last = [r for r in reversed(copies) if r.notebook.startswith("replication/")]
    values: dict[str, dict[str, Any]] = {
        "index": {
            "figures": [figure for result in last for figure in pages.figures(result, source)],
            "missing": absent,
            "steps": verdicts.to_do(cells),
            "contents": {
                "The papers": [f"papers/{paper}" for paper in PAPERS],
                "Behind the numbers": ["statistics", "pipeline", "results"],
                "Executed notebooks": notebooks,
            },
        },
        "results": {"groups": pages.groups(copies, source, pictures=True)},
        "pipeline": {
            "picture": picture.name,
            "stages": pd.DataFrame(steps, columns=["stage", "depends on"]),
        },
    }
    for page, own in values.items():
        (source / f"{page}.md").write_text(pages.render(page, **summary, **own), "utf-8")
    return absent


def build() -> tuple[Path, pd.DataFrame]:
    """Write the README and the book from the results that exist.

    Returns
    -------
    (Path, DataFrame)
        The book's first page, and what is `missing`.

    Raises
    ------
    SiteError
        If there are no results yet, Sphinx warns (about a dead link, for example), or a page loads
        something from another host.
    """
    reports = project_path(REPORTS)
    results = list(all_results(reports))
    if not results:
        raise SiteError(f"{reports} holds no results yet: run make repro")
    write_readme(results)
    source, site = project_path(SOURCE), project_path(SITE)
    shutil.rmtree(source, ignore_errors=True)
    shutil.rmtree(site, ignore_errors=True)
    (source / "notebooks").mkdir(parents=True)
    shutil.copytree(Path(__file__).parent / "sphinx", source, dirs_exist_ok=True)
    kinds = {result.folder: result.kind for result in results}
    notebooks = _notebook_pages(reports, source, kinds)
    copies = []
    for result in results:
        folder = source / "results" / result.folder.relative_to(reports)
        shutil.copytree(result.folder, folder, ignore=shutil.ignore_patterns("*.ipynb"))
        copies.append(StageResult(folder, result.content))
    absent = _write_pages(copies, source, notebooks)
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "-n", "-j", "auto", "-b", "html"]
    done = subprocess.run([*command, str(source), str(site)], capture_output=True, text=True)
    shutil.rmtree(site.parent / "jupyter_execute", ignore_errors=True)  # MyST-NB's scratch
    if done.returncode:
        raise SiteError(f"sphinx failed:\n{done.stdout}\n{done.stderr}")
    if foreign := remote(site):
        raise SiteError("loaded from other hosts:\n" + "\n".join(foreign[:20]))
    return site / "index.html", absent


def remote(site: Path) -> list[str]:
    """What pages load from other hosts, as ``page: tag``."""
    return [
        f"{path.relative_to(site)}: {tag}"
        for path in sorted(site.rglob("*.html"))
        if "_static" not in path.relative_to(site).parts  # the theme's templates
        for tag in REMOTE.findall(path.read_text(encoding="utf-8"))
    ]


def main() -> None:
    """Build, and print how long each stage took, what is missing and where the report is."""
    argparse.ArgumentParser("python -m lib.report.site", description=__doc__).parse_args()
    home, absent = build()
    durations = project_path(DURATIONS)
    if durations.is_file():
        table = pd.read_csv(durations, names=["stage", "seconds of its last run"], dtype=str)
        print(table.to_string(index=False))
    for row in absent.itertuples():
        print(f"missing {row.missing}: {row.stages}")
    print(f"report: {home}")


if __name__ == "__main__":
    main()
