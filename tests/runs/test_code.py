import json
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from lib.runs import code as dependencies
from lib import notebook

ROOT = Path(__file__).parents[2]


def names(paths):
    return {str(path.relative_to(ROOT)) for path in paths}


def test_imports_are_followed_through_functions_and_packages():
    found = names(dependencies.reached(ROOT / "lib" / "experiments" / "skeletal.py"))
    assert {"lib/runs.py", "lib/splits.py", "lib/models/attention.py"} <= found
    assert "scripts/sample_corpora/iemocap.py" not in found


def test_code_version_follows_indirect_changes(tmp_path, monkeypatch):
    for name, text in (("a", "from lib.b import x"), ("b", "x = 1"), ("c", "y = 1")):
        (tmp_path / "lib").mkdir(exist_ok=True)
        (tmp_path / "lib" / f"{name}.py").write_text(text)
    monkeypatch.setattr(dependencies, "ROOT", tmp_path)
    versions = []
    for text in ("x = 1", "x = 2"):
        (tmp_path / "lib" / "b.py").write_text(text)
        dependencies._imported.cache_clear()
        versions.append(dependencies.code_version("lib.a"))
    assert versions[0] != versions[1]
    (tmp_path / "lib" / "c.py").write_text("y = 2")
    assert dependencies.code_version("lib.a") == versions[1]
    dependencies._imported.cache_clear()
    with pytest.raises(ModuleNotFoundError):
        dependencies.code_version("lib.none")


def test_a_notebooks_list_changes_with_what_it_reaches_and_nothing_else(tmp_path, monkeypatch):
    (tmp_path / "lib").mkdir()
    for name, text in (("a", "from lib.b import x"), ("b", "x = 1"), ("c", ""), ("notebook", "")):
        (tmp_path / "lib" / f"{name}.py").write_text(text)
    cell = {"cell_type": "code", "source": ["import lib.a"]}
    path = tmp_path / "notebooks" / "p" / "01_x.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"cells": [cell]}))
    monkeypatch.setattr(dependencies, "ROOT", tmp_path)
    listing = tmp_path / "code" / "p" / "01_x.json"
    found = []
    for changed, text in (("c", ""), ("c", "y = 2"), ("b", "x = 3")):
        (tmp_path / "lib" / f"{changed}.py").write_text(text)
        dependencies._imported.cache_clear()
        notebook.note_code(tmp_path / "notebooks", tmp_path / "code")
        found.append(listing.read_bytes())
    assert set(json.loads(found[0])) == {"lib/a.py", "lib/b.py", "lib/notebook.py"}
    assert found[0] == found[1] != found[2]
    dependencies._imported.cache_clear()


def test_every_notebook_has_its_stage_and_block():
    pipeline = YAML(typ="safe").load(ROOT / "dvc.yaml")["stages"]
    for path in (ROOT / "notebooks").glob("*/[0-9]*.ipynb"):
        name = path.relative_to(ROOT / "notebooks").with_suffix("")
        stage = pipeline[str(name).replace("/", "_")]
        assert f"outputs/notebooks/{name}.ipynb" in stage["deps"]
        assert f"outputs/code/{name}.json" in stage["deps"]
        assert "requirements.lock" in stage["deps"]
        assert f"run {name}" in stage["cmd"]


def test_notebooks_that_plan_runs_need_no_torch():
    modules = [
        "lib.papers.skeletal.runs", "lib.papers.skeletal.tables", "lib.evaluation.classification",
        "lib.papers.skeletal.ablations", "lib.papers.skeletal.fine_tuning",
        "lib.papers.skeletal.attention", "lib.evaluation.tests", "lib.splits.schemes",
    ]  # fmt: skip
    code = f"import sys, {', '.join(modules)}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
