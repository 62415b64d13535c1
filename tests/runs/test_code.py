import json
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from lib import params
from lib.runs import code, source
from scripts import stages
from scripts.stages import instances

ROOT = Path(__file__).parents[2]
RUNS = {
    "SMACN": ("lib.papers.skeletal.training", ("skeletal.SMACN",)),
    "MoCap model": ("lib.papers.skeletal.training", ("mocap.MoCapNetwork",)),
    "ARE": ("lib.papers.skeletal.training", ("speech_text.ARE",)),
    "audiovisual": ("lib.papers.audiovisual.training", ()),
    "context": ("lib.papers.context.training", ()),
    "valence": ("lib.papers.valence.training", ()),
}


CONTROLS = {f"replication/{name}@None" for name in ("03_negative_controls", "04_power")}
"""Stages that reach every model."""
COMMANDS = ("audit", "exchange", "own")
"""Folders of notebooks that are no stages: targets of the Makefile execute them."""


parse = source.read.__wrapped__


@cache
def parsed(path, content, modules):
    """Meaning of a file, which its content and the names of all modules decide."""
    return parse(path)


def read(path):
    return parsed(path, path.read_bytes(), modules())


@cache
def modules():
    return tuple(sorted(map(str, source.ROOT.glob("lib/**/*"))))


def forget():
    for function in (modules, source.module_file, code._block, code._locked):
        function.cache_clear()


def copy_to(folder):
    ignored = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints", "*.pyc")
    for name in ("lib", "notebooks", "profiles"):
        shutil.rmtree(folder / name, ignore_errors=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    for name in ("params.yaml", "dvc.yaml", "requirements.lock"):
        shutil.copy(ROOT / name, folder)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    return tmp_path_factory.mktemp("scratch")


@pytest.fixture
def project(scratch, monkeypatch):
    """A fresh scratch copy of what decides the versions, always at the same place."""
    copy_to(scratch)
    monkeypatch.chdir(scratch)
    for module in (source, code):
        monkeypatch.setattr(module, "ROOT", scratch)
        monkeypatch.setattr(module, "read", read)
    forget()
    yield scratch
    forget()


def versions():
    forget()
    found = {name: code.code_version(*arguments) for name, arguments in RUNS.items()}
    for notebook, corpus in instances():
        found[f"{notebook}@{corpus}"] = code.notebook_version(notebook, corpus)
    return found


def edit(path, old, new):
    text = path.read_text()
    assert old in text, path
    path.write_text(text.replace(old, new, 1))


@cache
def untouched(folder):
    """Versions in a fresh copy, which are the same in every test."""
    return versions()


def stale(change, before=None):
    before = before or untouched(source.ROOT)
    change()
    after = versions()
    return {name for name in before if before[name] != after[name]}


def with_statement(path):
    path.write_text(path.read_text() + "\nADDED = 1\n")


def test_comments_docstrings_and_what_only_type_checkers_read_change_nothing(project):
    def only_text():
        for path in project.glob("lib/**/*.py"):
            path.write_text("# a comment\n" + path.read_text() + "\n\n'''More text.'''\n# end\n")
        cluster = project / "lib" / "runs" / "cluster.py"
        edit(cluster, "    from distributed import Client, LocalCluster\n", "    import nothing\n")

    assert stale(only_text) == set()


@pytest.mark.parametrize(
    ("file", "runs", "stages"),
    [
        ("lib/runs/progress.py", set(), set()),
        ("lib/runs/cluster.py", set(), set()),
        ("lib/corpora/recola.py", set(), {"valence/01_extraction@recola"}),
        ("lib/corpora/sewa.py", set(), {"valence/01_extraction@sewa"}),
        ("lib/papers/context/training.py", {"context"}, {"context/", "replication/"}),
        ("lib/papers/valence/training.py", {"valence"}, {"valence/", "replication/"}),
    ],
)
def test_a_module_changes_the_runs_and_stages_that_use_it(project, file, runs, stages):
    found = stale(lambda: with_statement(project / file))
    assert found & RUNS.keys() == runs
    rest = found - RUNS.keys()
    assert all(name.startswith(tuple(stages)) for name in rest)
    assert all(any(name.startswith(stage) for name in rest) for stage in stages)


def test_a_model_changes_its_own_runs_and_stages(project):
    found = stale(lambda: with_statement(project / "lib" / "models" / "mocap.py"))
    assert found == {"MoCap model", "skeletal/02_training@iemocap", *CONTROLS}


def test_movement_and_speech_share_no_model(project):
    found = stale(lambda: with_statement(project / "lib" / "models" / "skeletal.py"))
    assert found & RUNS.keys() == {"SMACN"}


def test_a_new_model_is_a_module_and_a_row(project):
    models = project / "lib" / "models"
    text = (models / "mocap.py").read_text().replace("MoCapNetwork", "NewNetwork")
    row = "      MoCap model:\n"
    new = "      New:\n        model: new.NewNetwork\n        arguments: {}\n" + row

    def change():
        (models / "new.py").write_text(text)
        edit(project / "params.yaml", row, new)

    assert stale(change) == CONTROLS
    old, new = "experiments:\n    - LSTM\n", "experiments:\n    - New\n    - LSTM\n"
    used = stale(lambda: edit(project / "params.yaml", old, new), versions())
    assert used == {"skeletal/03_ablations@iemocap"}


def test_a_metric_changes_the_stages_that_use_it_and_no_classification_run(project):
    found = stale(lambda: with_statement(project / "lib" / "evaluation" / "metrics.py"))
    assert found & RUNS.keys() <= {"valence"}  # its traces are resampled beside a metric
    assert {"skeletal/02_training@iemocap", "context/02_training@emotic"} <= found
    assert "skeletal/01_extraction@iemocap" not in found or "lib/evaluation/metrics.py" in (
        code.stage_code("skeletal/01_extraction", "iemocap")
    )


@pytest.mark.parametrize(
    ("file", "inside", "outside"),
    [
        ("lib/features/opensmile_prosody.conf", "skeletal/01_extraction", "valence/01_extraction"),
        ("lib/published/cells.csv", "published/01_audit", None),  # every notebook shows tables beside them
        ("lib/published/papers/vo2022-context/protocol.yaml", "published/01_audit", None),
        ("lib/corpora/sewa.yaml", "valence/01_extraction@sewa", "valence/01_extraction@recola"),
        ("lib/replication/expected.csv", "replication/01_controls", "skeletal/02_training"),
    ],
)
def test_a_data_file_changes_the_stages_that_read_it(project, file, inside, outside):
    found = stale(lambda: (project / file).write_text((project / file).read_text() + "\n"))
    assert any(name.startswith(inside) for name in found)
    assert not found & RUNS.keys()
    assert outside is None or not any(name.startswith(outside) for name in found)


def test_every_data_file_of_lib_is_on_a_list():
    known = set().union(*(code.stage_code(*instance) for instance in instances()))
    tracked = subprocess.run(
        ["git", "ls-files", "lib"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    data = {name for name in tracked if not name.endswith(".py")}
    assert data <= known


def test_versions_of_packages_are_those_that_the_closure_imports(project):
    lock = project / "requirements.lock"
    before = code.stage_code("audiovisual/04_t_tests", "rml")
    assert {"numpy", "pandas", "scipy"} <= before.keys()
    assert not {"ruff", "torch", "dask", "distributed", "tqdm"} & before.keys()
    lock.write_text(lock.read_text().replace("\ntorch==", "\ntorch==9").replace("\nruff==", "\nruff==9"))
    forget()
    assert code.stage_code("audiovisual/04_t_tests", "rml") == before
    assert stale(lambda: lock.write_text(lock.read_text().replace("\ntorch==9", "\ntorch==8"))) >= {*RUNS}


def test_lists_are_written_for_every_instance(project):
    stages.write_stages(project / "stages")
    entries = YAML(typ="safe").load(ROOT / "dvc.yaml")["stages"]
    written = {str(p.parent.relative_to(project / "stages")) for p in project.rglob("code.json")}
    lists = params.load_yaml()
    expected = set()
    notebooks = (ROOT / "notebooks").glob("*/[0-9]*.ipynb")
    for path in (path for path in notebooks if path.parent.name not in COMMANDS):
        name = f"{path.parent.name}/{path.stem}"
        matrix = entries[name.replace("/", "_")].get("matrix")
        block, key = matrix["corpus"].strip("${}").split(".") if matrix else (None, None)
        expected |= {f"{name}@{corpus}" for corpus in lists[block][key]} if matrix else {name}
    assert written == expected
    text = (project / "stages" / "published" / "01_audit" / "code.json").read_text()
    assert json.loads(text) == code.stage_code("published/01_audit")
    stored = params.load_yaml(project / "stages" / "skeletal/02_training@iemocap" / "params.yaml")
    loaded = params.load()
    assert stored == stages.stage_parameters("skeletal/02_training", "iemocap", loaded)


EXECUTED = """
import json, sys
from lib.corpora import catalogue
from lib.models.registry import model_class
import importlib
{imports}
{dynamic}
print(json.dumps(sorted(name for name in sys.modules if name.startswith("lib."))))
"""


@pytest.mark.parametrize(
    ("notebook", "corpus", "dynamic"),
    [
        ("valence/01_extraction", "recola", 'catalogue.reader("recola")'),
        ("skeletal/05_cross_speaker", "iemocap",
         'importlib.import_module(runs.WORK)\nmodel_class("skeletal.SMACN")'),
    ],
)  # fmt: skip
def test_a_list_has_all_that_an_executed_notebook_imports(notebook, corpus, dynamic):
    text = source.notebook_code(ROOT / "notebooks" / f"{notebook}.ipynb")
    imports = "\n".join(line for line in text.splitlines() if line.startswith(("from ", "import ")))
    done = subprocess.run(
        [sys.executable, "-c", EXECUTED.format(imports=imports, dynamic=dynamic)],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    loaded = set(json.loads(done.stdout.splitlines()[-1]))
    listed = {
        name.removesuffix(".py").replace("/", ".")
        for name in code.stage_code(notebook, corpus)
        if name.startswith("lib/") and name.endswith(".py")
    }
    packages = {name for name in loaded if (ROOT / name.replace(".", "/")).is_dir()}
    probes = {"lib.models.registry"} | source.MACHINERY
    assert loaded - packages - probes - listed == set()
    assert f"lib.corpora.{corpus}" in listed or notebook.startswith("skeletal")


def test_an_unknown_module_is_an_error():
    with pytest.raises(ModuleNotFoundError, match=r"lib\.none"):
        code.code_version("lib.none", [])


def test_notebooks_that_plan_runs_need_no_torch():
    modules = [
        "lib.papers.skeletal.tables",
        *(f"lib.papers.{paper}.runs" for paper in ("skeletal", "audiovisual", "context", "valence")),
        "lib.evaluation.classification",
        "lib.evaluation.tests",
        "lib.splits.schemes",
    ]
    planning = "lib.models.registry.modalities('fusion.SMERN')"
    code = f"import sys, {', '.join(modules)}; {planning}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
