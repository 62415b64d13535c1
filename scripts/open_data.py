"""Keep results on open data in git: ``python -m scripts.open_data CORPUS``.

The pipeline's results folders hold results on the corpora of params.yaml. Results on open data that
the project ships without the data are copied from there once.
"""

import argparse
import shutil

from lib.evaluation.results import StageResult, all_results
from lib.params import project_path

KEPT = "reports/open_data"
SINGLE_SAMPLES = ("attention_[0-9].*", "attention_skeleton_[2-9].*", "trajectory.*")
"""Figures of single samples; git keeps one of each kind, all together are too large."""


class OpenDataError(ValueError):
    """There are no results on open data to keep."""


def keep(corpus: str) -> list[StageResult]:
    """Copy tables, metrics and figures of a corpus's stages, and its PROVENANCE.json; list them.

    Raises
    ------
    OpenDataError
        If no stage has results on this corpus, or they are not on open data.
    """
    reports, kept = project_path("reports"), project_path(KEPT)
    found = [
        result
        for result in all_results(reports)
        if result.content["data"].get("corpus") == corpus and not result.folder.is_relative_to(kept)
    ]
    if not found:
        raise OpenDataError(f"no results on {corpus}: add it and run make repro first")
    for result in found:
        if result.kind != "open":
            raise OpenDataError(f"{result.folder}: {result.kind} results are not kept in git")
        target = kept / result.folder.relative_to(reports)
        shutil.rmtree(target, ignore_errors=True)
        ignored = shutil.ignore_patterns("*.ipynb", ".gitignore", *SINGLE_SAMPLES)
        shutil.copytree(result.folder, target, ignore=ignored)
    shutil.copyfile(project_path(f"data/{corpus}/PROVENANCE.json"), kept / f"{corpus}.json")
    return found


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser("python -m scripts.open_data", description=__doc__)
    parser.add_argument("corpus", help="an open corpus that make corpus added, such as egait")
    for result in keep(parser.parse_args().corpus):
        print(f"kept {result.folder}")


if __name__ == "__main__":
    main()
