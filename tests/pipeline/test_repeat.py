"""A second forced run of a stage gives the same bytes."""

import shutil

import pytest

from lib.params import project_path
from scripts import notebook

STAGES = {
    "published/01_audit": (None, {}),
    "context/02_training": (
        "outputs/context/01_extraction/emotic/pictures.arrow",
        {"overrides": {"experiments": ["attention"], "training.epochs": 2}},
    ),
}


def written(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.slow
@pytest.mark.parametrize("stage", STAGES)
def test_a_second_forced_run_gives_the_same_bytes(stage, tmp_path):
    """Notebook, tables, figures, predictions; finished runs are removed in between."""
    needed, changes = STAGES[stage]
    if needed is not None and not project_path(needed).is_file():
        pytest.skip(f"no {needed}: run make repro first")
    folder, store = tmp_path / "results", project_path("runs")
    given = {"results": str(folder), **changes}
    results = []
    for _ in range(2):
        before = set(store.iterdir()) if store.is_dir() else set()
        source = project_path(f"notebooks/{stage}.ipynb")
        with notebook.relayed_progress(stage):
            notebook.execute(source, folder / "executed.ipynb", given)
        results.append(written(folder))
        shutil.rmtree(folder)
        for run in (set(store.iterdir()) if store.is_dir() else set()) - before:
            shutil.rmtree(run)
    assert list(results[0]) == list(results[1]) and len(results[0]) > 5
    assert [name for name, content in results[0].items() if results[1][name] != content] == []
