"""Recipes of CONTRIBUTING.md, done in a scratch clone as they are written."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.slow


def blocks(heading, language):
    """Code blocks of a language in a section of CONTRIBUTING.md, without their indentation."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = text.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```", section, re.DOTALL | re.MULTILINE)
    return [re.sub(rf"^{indent}", "", code, flags=re.MULTILINE) for indent, code in found]


@pytest.fixture
def clone(tmp_path):
    folder = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
    return folder


def run(clone, *arguments):
    environment = os.environ | {"PYTHONPATH": str(clone), "PYTHONHASHSEED": "0"}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=clone, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def touched(clone):
    command = ["git", "-c", "filter.nbstripout.clean=cat", "status", "--porcelain", "-uall"]
    status = subprocess.run(command, cwd=clone, check=True, capture_output=True, text=True).stdout
    return {line[3:] for line in status.splitlines()}


def test_a_model_takes_two_files(clone):
    (code,) = blocks("Add a model to Table 2 of the skeletal papers", "python")
    (row,) = blocks("Add a model to Table 2 of the skeletal papers", "yaml")
    (clone / "lib/models/gru.py").write_text(code)
    yaml, path = YAML(), clone / "params.yaml"
    values = yaml.load(path)
    values["skeletal"]["training"]["models"] |= YAML(typ="safe").load(row)["models"]
    values["skeletal"]["ablations"]["experiments"].append("GRU")
    yaml.dump(values, path)
    run(clone, "-m", "scripts.paper_profile")
    assert touched(clone) == {"lib/models/gru.py", "params.yaml", "profiles/paper.yaml"}
    run(clone, "-m", "scripts.notebook", "strip")
    resolved = YAML(typ="safe").load(clone / "outputs/stages/skeletal/03_ablations@iemocap/params.yaml")
    assert "gru.SkeletalGRU" in str(resolved) and "GRU" in str(resolved)
    used = "import torch; from lib.models.registry import modalities, model_class as known"
    used += "; name = 'gru.SkeletalGRU'"
    shape = "print(modalities(name), tuple(known(name)()(torch.randn(2, 3, 32, 10)).shape))"
    assert run(clone, "-c", f"{used}; {shape}").strip() == "('skeleton',) (2, 4)"
    run(clone, "-m", "pytest", "-q", "-p", "no:xdist", "tests/published/test_parameters.py")


def test_a_corpus_takes_a_reader_an_entry_and_a_fixture(clone):
    """The recipe's own example under another name, without what step 5 asks of other sizes."""
    for path in ("lib/corpora/{}.py", "lib/corpora/{}.yaml", "tests/corpora/test_{}.py"):
        text = (clone / path.format("emodb")).read_text(encoding="utf-8")
        text = text.split("\n\n\ndef test_every_stage")[0] + "\n" if "def test_" in text else text
        (clone / path.format("mydb")).write_text(text.replace("emodb", "mydb"), encoding="utf-8")
    assert touched(clone) == {"lib/corpora/mydb.py", "lib/corpora/mydb.yaml", "tests/corpora/test_mydb.py"}
    run(clone, "-m", "pytest", "-q", "-p", "no:xdist", "tests/corpora/test_mydb.py")


def test_a_metric_takes_one_function(clone):
    (code,) = blocks("Add a metric", "python")
    path = clone / "lib/evaluation/metrics.py"
    path.write_text(path.read_text(encoding="utf-8") + "\n\n" + code, encoding="utf-8")
    used = "import numpy as np; from lib.evaluation.metrics import METRICS, mean_f1"
    scores = (
        "print(mean_f1(np.array([[[3, 0], [0, 2]], [[1, 1], [0, 0]]])).round(3).tolist(), 'F1' in METRICS)"
    )
    assert run(clone, "-c", f"{used}; {scores}").strip() == "[1.0, 0.333] True"
    assert touched(clone) == {"lib/evaluation/metrics.py"}


def test_a_notebook_is_stripped_and_one_stage_is_named(clone):
    notebook = clone / "notebooks/published/01_audit.ipynb"
    text = notebook.read_text(encoding="utf-8")
    notebook.write_text(
        text.replace(
            '"outputs": []', '"outputs": [{"output_type": "stream", "name": "stdout", "text": "x"}]', 1
        )
    )
    assert touched(clone) == {"notebooks/published/01_audit.ipynb"}
    run(clone, "-m", "nbstripout", "--keep-id", str(notebook))
    assert touched(clone) == set()
    names = run(clone, "-m", "dvc", "stage", "list", "--name-only").split()
    assert "skeletal_02_training@iemocap" in names and "published_01_audit" in names
