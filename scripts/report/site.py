"""Build the report: `reports/README.md` and `reports/papers` for readers on a forge, `reports/site`."""

import argparse
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from lib.evaluation.results import StageResult, all_results
from lib.figures import style
from lib.files import write_text
from lib.params import project_path
from lib.published.tables import PAPERS, method
from lib.replication import verdicts
from scripts import recorded
from scripts.notebook import DURATIONS
from scripts.report import (
    checked_page,
    corpora_page,
    diagrams,
    folds_page,
    interface_page,
    notebook_pages,
    pages,
    received_page,
    sweeps_page,
    takeaways,
)
from scripts.report.paper_pages import paper_page, tracked_page
from scripts.report.remote import remote

REPORTS = "reports"
SITE = "reports/site"
SOURCE = "outputs/site"
SWEEPS = "outputs/sweeps"
SHOWN = (
    "published/01_audit/figures/audit.png",
    "skeletal/01_extraction/iemocap/figures/overlay.png",
    "skeletal/02_training/iemocap/figures/uar.png",
    "replication/02_verdicts/figures/verdicts.png",
)
"""Figures that git keeps for the READMEs, under their own names in ``reports/figures``."""
ALL_PAPERS = ("published", "replication")
"""Folders of notebooks that cover all papers."""
_CONTROLS = ("03_negative_controls", "04_power")
CONTROLS = tuple(f"replication/{name}" for name in _CONTROLS)
"""Stages whose counts the home page tells."""
NO_FINDINGS = pd.DataFrame(columns=["paper", "question", "arithmetic", "outcome", "reason"])


class SiteError(RuntimeError):
    """The report cannot be built."""


def write_tracked(
    results: list[StageResult], cells: pd.DataFrame, findings: pd.DataFrame, summary: dict[str, Any]
) -> None:
    """Write what git keeps: `reports/README.md`, a page for each paper, and their figures."""
    reports = project_path(REPORTS)
    folder = reports / "papers"
    folder.mkdir(exist_ok=True)
    shown = []
    for figure in map(reports.joinpath, SHOWN):
        copy = reports / "figures" / figure.name
        if figure.is_file():  # else the copy that git keeps is shown
            copy.parent.mkdir(exist_ok=True)
            shutil.copyfile(figure, copy)
            shutil.copyfile(figure.with_suffix(".txt"), copy.with_suffix(".txt"))
        if copy.is_file():
            notebook = "/".join(figure.relative_to(reports).parts[:2])
            path = f"../figures/{copy.name}"
            shown.append(pages.picture(copy, reports) | {"path": path, "notebook": notebook})
    first = [figure | {"path": figure["path"].removeprefix("../")} for figure in shown[:1]]
    parts = {"pictures": shown, "sections": pages.sections(results)}
    common = {
        name: [part for part in found if part["notebook"].split("/")[0] in ALL_PAPERS]
        for name, found in parts.items()
    }
    for paper in PAPERS:
        text = tracked_page(paper, cells, findings, results, folder, **parts)
        write_text(folder / f"{paper}.md", text)
        (folder / f"{paper}.txt").unlink()  # the caption is in the page
    text = pages.render("tracked_checks", **common, **summary)
    write_text(folder / "checks.md", text)
    found = corpora_page.sums(corpora_page.as_found(results))
    text = pages.render("readme", first=first, found=found, **summary)
    write_text(reports / "README.md", text)


def home_summary(results: list[StageResult], cells: pd.DataFrame) -> dict[str, Any]:
    """What was found, on which data: the first sentences, the papers' cards and the controls."""
    corpora = {r.content["data"].get("corpus") for r in results if r.kind == "licensed"}
    controls: dict[str, Any] = {}
    for result in results:
        if result.notebook in CONTROLS:
            controls |= result.content["values"]
    return {
        "takeaways": takeaways.takeaways(results, cells),
        "cards": takeaways.cards(results, cells),
        "corpora": sorted(filter(None, corpora)),
        "controls": controls,
        "steps": verdicts.to_do(cells),
        "synthetic": any(result.kind == "synthetic" for result in results),
    }


def missing(instances: Iterable[str], reports: Path) -> pd.DataFrame:
    """Stages without results, an executed notebook or figures: ``missing``, ``stages``.

    Executed notebooks and figures are kept by DVC, not by git: a fresh clone has results without them.
    """
    rows = []
    for name in instances:
        stage, _, corpus = name.partition("@")
        paper, _, notebook = stage.partition("_")
        files = {"results": "metrics.json", "executed notebooks": f"{notebook}.ipynb", "figures": "figures"}
        for what, file in files.items():
            if not (reports / paper / notebook / corpus / file).exists():
                rows.append((what, f"{paper}/{notebook} {corpus}".strip()))
    table = pd.DataFrame(rows, columns=["missing", "stages"])
    return table.groupby("missing", sort=False)["stages"].agg(", ".join).reset_index()


def _write_pages(
    results: list[StageResult],
    cells: pd.DataFrame,
    findings: pd.DataFrame,
    summary: dict[str, Any],
    source: Path,
) -> pd.DataFrame:
    """Write all pages from results below `source`; return what is missing."""
    notebooks = notebook_pages.notebook_pages(results, source, summary["synthetic"])
    copies = []
    for result in results:
        folder = source / "results" / result.folder.relative_to(project_path(REPORTS))
        shutil.copytree(result.folder, folder, ignore=shutil.ignore_patterns("*.ipynb"))
        copies.append(StageResult(folder, result.content))
    for paper in PAPERS:
        listed = notebooks.get(method(paper)["notebooks"], [])
        text = paper_page(paper, cells, findings, copies, source / "papers", listed)
        write_text(source / f"papers/{paper}.md", text)
    instances = diagrams.instances()
    absent, stages = missing(instances, project_path(REPORTS)), diagrams.stages(instances)
    style.use_style()
    caption = "Stages of the pipeline, from DVC's graph."
    style.save_figure(diagrams.pipeline_figure(stages), source / "pipeline.png", caption)
    steps = [(name, ", ".join(sorted(before))) for name, before in stages.adjacency()]
    last = [result for result in reversed(copies) if pages.group_of(result) == "replication"]
    values: dict[str, dict[str, Any]] = {
        "index": {
            "pictures": [found for result in last for found in pages.pictures(result, source)],
            "missing": absent,
            "first": _first(source),
            "notebooks": {notebook_pages.titles()[folder]: found for folder, found in notebooks.items()},
        },
        "corpora": {
            "found": corpora_page.by_kind(corpora_page.as_found(copies)),
            "verified": corpora_page.verified(copies),
        },
        "results": {"results": pages.sections(copies, source)},
        "received": received_page.values(cells),
        "sweeps": {"sweeps": sweeps_page.sweeps(project_path(SWEEPS), source)},
        "interface": {"rooms": interface_page.rooms()},
        "folds": folds_page.values(),
        "checked": checked_page.values(),
        "pipeline": {"stages": pd.DataFrame(steps, columns=["stage", "depends on"])},
    }
    for page, own in values.items():
        write_text(source / f"{page}.md", pages.render(page, **summary, **own))
    return absent


def _first(source: Path) -> list[dict[str, str]]:
    """The home page's figure, as git keeps it, copied below `source`; none where there is none."""
    kept = project_path(REPORTS) / "figures" / Path(SHOWN[0]).name
    for path in (kept, kept.with_suffix(".txt")):
        if path.is_file():
            shutil.copyfile(path, source / path.name)
    return [pages.picture(source / kept.name, source)] if kept.is_file() else []


def build() -> tuple[Path, pd.DataFrame]:
    """Write the pages that git keeps and the book; give its first page and what is `missing`.

    Raises
    ------
    SiteError
        If there are no results yet, Sphinx warns (about a dead link, for example), or a page loads
        something from another host.
    RecordError
        If a result differs from what its stage stored.
    """
    results = list(all_results(project_path(REPORTS)))
    if not results:
        raise SiteError(f"{project_path(REPORTS)} holds no results yet: run make repro")
    recorded.check(project_path("."), [REPORTS])
    cells = verdicts.cell_verdicts(results)
    summary = home_summary(results, cells)
    audit = project_path(REPORTS) / "published/01_audit/tables/findings.csv"
    findings = pd.read_csv(audit, dtype=str).fillna("") if audit.is_file() else NO_FINDINGS
    write_tracked(results, cells, findings, summary)
    source, site = project_path(SOURCE), project_path(SITE)
    shutil.rmtree(source, ignore_errors=True)
    shutil.rmtree(site, ignore_errors=True)
    shutil.copytree(Path(__file__).parent / "sphinx", source)
    (source / "notebooks").mkdir()
    (source / "papers").mkdir()
    absent = _write_pages(results, cells, findings, summary, source)
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "-n", "-j", "auto", "-b", "html"]
    done = subprocess.run([*command, str(source), str(site)], capture_output=True, text=True)
    shutil.rmtree(site.parent / "jupyter_execute", ignore_errors=True)  # MyST-NB's scratch
    if done.returncode:
        raise SiteError(f"sphinx failed:\n{done.stdout}\n{done.stderr}")
    if foreign := remote(site):
        raise SiteError("loaded from other hosts:\n" + "\n".join(foreign[:20]))
    return site / "index.html", absent


def main() -> None:
    """Build, and print how long each stage took, what is missing and where the report is."""
    argparse.ArgumentParser("python -m scripts.report.site", description=__doc__).parse_args()
    try:
        home, absent = build()
    except (SiteError, recorded.RecordError) as error:
        sys.exit(str(error))
    durations = project_path(DURATIONS)
    if durations.is_file():
        table = pd.read_csv(durations, names=["stage", "seconds of its last run"], dtype=str)
        print(table.to_string(index=False))
    for row in absent.itertuples():
        print(f"missing {row.missing}: {row.stages}")
    print(f"report: {home}")


if __name__ == "__main__":
    main()
