"""Build the report: `reports/README.md` for readers on a forge, `reports/site` as a book."""

import shutil
import subprocess
import sys
from pathlib import Path

from lib.params import project_path
from lib.reporting.pages import overview
from lib.reporting.results import StageResult, all_results

REPORTS = "reports"
SITE = "reports/site"
SOURCE = "outputs/site"
# Figures that git keeps for readers of the READMEs, by name and where a stage writes them.
SHOWN = {
    "audit.png": "published/01_audit/figures/audit.png",
    "overlay.png": "skeletal/01_extraction/iemocap/figures/overlay.png",
    "uar.png": "skeletal/02_training/iemocap/figures/uar.png",
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
    head += "".join(pictures)
    path.write_text(head + overview(results, path.parent, pictures=False), encoding="utf-8")
    return path


def _notebook_pages(reports: Path, source: Path) -> list[str]:
    pages = []
    for notebook in sorted(reports.rglob("*.ipynb")):
        if "site" in notebook.relative_to(reports).parts or ".ipynb_checkpoints" in notebook.parts:
            continue
        corpus = notebook.parent.name if notebook.parent.name != notebook.stem else ""
        name = "-".join([*notebook.relative_to(reports).parts[:2], *([corpus] if corpus else [])])
        shutil.copyfile(notebook, source / "notebooks" / f"{name}.ipynb")
        pages.append(f"notebooks/{name}")
    return pages


def _copy_results(results: list[StageResult], source: Path, reports: Path) -> list[StageResult]:
    copies = []
    for result in results:
        folder = source / "results" / result.folder.relative_to(reports)
        shutil.copytree(result.folder, folder, ignore=shutil.ignore_patterns("*.ipynb"))
        copies.append(StageResult(folder, result.content))
    return copies


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
    pages = _notebook_pages(reports, source)
    copies = _copy_results(results, source, reports)
    tree = "\n".join(
        ["```{toctree}", ":caption: Executed notebooks", ":hidden:", "", *pages, "```"]
    )
    text = f"{TITLE}\n{overview(copies, source, pictures=True)}\n{tree}\n"
    (source / "index.md").write_text(text, encoding="utf-8")
    site = project_path(SITE)
    shutil.rmtree(site, ignore_errors=True)
    command = [sys.executable, "-m", "sphinx", "-q", "-j", "auto", "-b", "html"]
    done = subprocess.run([*command, str(source), str(site)], capture_output=True, text=True)
    shutil.rmtree(site.parent / "jupyter_execute", ignore_errors=True)  # MyST-NB's scratch
    if done.returncode:
        raise SiteError(f"sphinx failed:\n{done.stdout}\n{done.stderr}")
    return site / "index.html"


def main() -> None:
    """Build and say where the report is."""
    print(f"report: {build()}")


if __name__ == "__main__":
    main()
