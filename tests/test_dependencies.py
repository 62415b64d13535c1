import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from lib import dependencies

ROOT = Path(__file__).parents[1]
STAGES = dependencies.stage_dependencies()


def names(paths):
    return {str(path.relative_to(ROOT)) for path in paths}


def test_imports_are_followed_through_functions_and_packages():
    found = names(dependencies.reached(ROOT / "lib" / "experiments" / "skeletal.py"))
    assert {"lib/runs.py", "lib/splits.py", "lib/models/attention.py"} <= found
    assert "lib/corpora/sample/iemocap.py" not in found


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


@pytest.mark.parametrize("stage", STAGES)
def test_stages_depend_on_the_modules_that_they_reach(stage):
    deps = YAML(typ="safe").load(ROOT / "dvc.yaml")["stages"][stage]["deps"]
    assert sorted(dep for dep in deps if dep.endswith(".py")) == STAGES[stage], "run make deps"


def test_every_notebook_has_its_stage_and_block():
    pipeline = YAML(typ="safe").load(ROOT / "dvc.yaml")["stages"]
    for path in (ROOT / "notebooks").glob("*/[0-9]*.ipynb"):
        name = path.relative_to(ROOT / "notebooks").with_suffix("")
        stage = pipeline[str(name).replace("/", "_")]
        assert f"outputs/notebooks/{name}.ipynb" in stage["deps"]
        assert f"run {name}" in stage["cmd"]


def test_notebooks_that_plan_runs_need_no_torch():
    modules = [
        "lib.experiments.skeletal", "lib.experiments.skeletal_report", "lib.reporting.tables",
        "lib.experiments.skeletal_ablations", "lib.experiments.skeletal_fine_tuning",
        "lib.experiments.skeletal_attention", "lib.reporting.comparisons", "lib.split_schemes",
    ]  # fmt: skip
    code = f"import sys, {', '.join(modules)}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
