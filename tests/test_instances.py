import ast
import difflib
import json
import shutil
from pathlib import Path

import pytest

from lib import instances, params
from lib.corpora import catalogue
from scripts import stages
from scripts.corpora import parameters

ROOT = Path(__file__).parents[1]
CONTROLS = {f"replication/{name}" for name in ("03_negative_controls", "04_power")}
"""Stages that read the blocks of all papers."""
COMMANDS = ("audit", "exchange", "own")
"""Folders of notebooks that targets of the Makefile execute on what is given to them."""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A copy of the project without its data and results."""
    for name in ("params.yaml", "dvc.yaml"):
        shutil.copyfile(ROOT / name, tmp_path / name)
    for name in ("profiles", "notebooks"):
        shutil.copytree(ROOT / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def resolved():
    """Parameters of every instance of a stage by its name."""
    loaded = params.load()
    return {each.name: stages.stage_parameters(*each, loaded) for each in stages.instances()}


def test_every_notebook_has_its_stage(monkeypatch):
    monkeypatch.chdir(ROOT)
    notebooks = {
        path.relative_to(ROOT / "notebooks").with_suffix("").as_posix()
        for path in (ROOT / "notebooks").glob("*/[0-9]*.ipynb")
        if path.parent.name not in COMMANDS
    }
    entries = params.load_yaml(ROOT / "dvc.yaml")["stages"]
    assert {instance.notebook for instance in stages.instances()} == notebooks
    assert {stage.replace("_", "/", 1) for stage in entries} == notebooks | {"notebooks", "folds"}
    for notebook in notebooks:
        stage = entries[notebook.replace("/", "_")]
        assert [dict(part) for part in stage["vars"]] == [
            dict(zip(("paper", "name"), notebook.split("/"), strict=True))
        ]
        place = "${paper}/${name}" + ("@${item.corpus}" if "matrix" in stage else "")
        needed = {f"outputs/stages/{place}/{name}" for name in ("code.json", "params.yaml")}
        assert needed | {"outputs/notebooks/${paper}/${name}.ipynb"} <= set(stage["deps"])


def test_declared_outputs_name_the_instance(monkeypatch):
    monkeypatch.chdir(ROOT)
    folder = "reports/skeletal/02_training/iemocap"
    assert set(instances.declared("skeletal/02_training", "iemocap")) == {
        "outputs/skeletal/02_training/iemocap",
        *(f"{folder}/{name}" for name in (
            "02_training.ipynb", "tables", "figures", "metrics.json", "scores.json")),
    }  # fmt: skip
    found = instances.declared("replication/02_verdicts", None)
    assert "reports/replication/02_verdicts/metrics.json" in found


def test_blocks_are_found_in_the_code(tmp_path, monkeypatch):
    (tmp_path / "params.yaml").write_text("profile: paper\n")
    cells = [
        {"cell_type": "markdown", "source": 'not code: params.read("p.never")'},
        {"cell_type": "code", "source": [
            "%matplotlib inline\n", "settings = stage.settings(Schema)\n",
            'training = stage.settings(Schema, "training")\n',
            'far = params.read("q.far", Schema, corpus)\n', 'name = "p.unread"\n',
            'each = params.block(f"{paper}.every")\n']},
    ]  # fmt: skip
    path = tmp_path / "notebooks" / "p" / "02_own.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"cells": cells}))
    monkeypatch.chdir(tmp_path)
    blocks = {key: {} for key in ("own", "training", "unread", "never")}
    known = {"profile": "paper", "p": blocks, "q": {"far": {}, "training": {}, "every": {}}}
    assert stages.blocks_read("p/02_own", known) == ["p.own", "p.training", "q.far", "q.every"]


def test_blocks_are_read_only_where_they_are_found():
    """Modules that read blocks by name are imported by a notebook itself, so that it lists them."""
    readers = set()
    for path in (ROOT / "lib").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            function = node.func if isinstance(node, ast.Call) else None
            if (
                isinstance(function, ast.Attribute)
                and function.attr in ("read", "block")
                and isinstance(function.value, ast.Name)
                and function.value.id == "params"
                and isinstance(node.args[0], ast.Constant | ast.JoinedStr)
            ):
                readers.add(path.stem)
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "notebooks").rglob("*.ipynb")]
    assert all(any(reader in text for text in texts) for reader in readers), readers


def test_the_controls_read_every_papers_training(project):
    found = resolved()["replication/03_negative_controls"]
    blocks = {group: values for group, values in params.load_yaml().items() if isinstance(values, dict)}
    papers = {group for group, values in blocks.items() if "training" in values}
    assert set(found) == papers | {"replication"} and len(papers) >= 4
    assert set(found["audiovisual"]["training"]) == {"rml", "enterface"}
    assert found["replication"]["negative_controls"]["trainings"] == 3


def test_only_the_stages_that_use_a_value_change(project):
    before = resolved()
    text = (project / "params.yaml").read_text(encoding="utf-8")
    fewer = text.replace("learning_rate: 0.01\n", "learning_rate: 0.02\n")
    assert fewer != text
    (project / "params.yaml").write_text(fewer, encoding="utf-8")
    after = resolved()
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {
        "context/02_training@emotic", "context/03_ablations@emotic",
        "context/05_attribution@emotic", *CONTROLS,
    }  # fmt: skip


def test_a_new_profile_is_one_file(project):
    before = resolved()
    (project / "profiles" / "lab.yaml").write_text("skeletal: {training: {training: {epochs: 9}}}")
    assert resolved() == before
    text = (project / "params.yaml").read_text(encoding="utf-8")
    (project / "params.yaml").write_text(text.replace("profile: sample", "profile: lab", 1))
    found = resolved()["skeletal/02_training@iemocap"]["skeletal"]
    assert found["training"]["training"]["epochs"] == 9
    assert found["training"]["training"]["batch_size"] == 128


def test_a_new_corpus_adds_its_lines_and_its_stages_only(project):
    before = resolved()
    path = project / "params.yaml"
    old = path.read_text(encoding="utf-8")
    path.write_text(parameters.with_corpus(path, catalogue.get("egait")), encoding="utf-8")
    lines = difflib.ndiff(old.splitlines(), path.read_text(encoding="utf-8").splitlines())
    assert [line.replace(" ", "") for line in lines if line[0] in "+-"] == [
        "-corpus_profiles:{}", "+corpus_profiles:{egait:paper}", *["+-egait"] * 3,
    ]  # fmt: skip
    after = resolved()
    assert {name for name in before if before[name] != after[name]} == CONTROLS
    assert {name.split("@")[1] for name in set(after) - set(before)} == {"egait"}
