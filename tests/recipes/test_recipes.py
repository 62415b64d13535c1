"""Recipes of CONTRIBUTING.md, done in a scratch clone as they are written."""

import json
import os
import re
import shlex
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


def shell(clone, command, *, fails=False):
    """Output of a command as one types it there, by the environment's programs and without make's set-up."""
    given = {"GIT_EDITOR": "true", "PYTHONPATH": str(clone), "PYTHONHASHSEED": "0"}
    given |= {f"GIT_{who}_{what}": "a@b" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    given |= {"DVC_SITE_CACHE_DIR": str(clone.parent / "site"), "DVC_NO_ANALYTICS": "1"}
    given["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    command = re.sub(r"^make (?=\w)", "make -o .venv/.ready ", command.partition("  #")[0])
    done = subprocess.run(
        command, cwd=clone, env=os.environ | given, shell=True, capture_output=True, text=True, check=False
    )
    assert bool(done.returncode) is fails, f"{command}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
    return done.stdout + done.stderr


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


@pytest.fixture
def working(clone):
    """A clone with the environment and the sample corpora."""
    (clone / ".venv").symlink_to(sys.prefix)
    (clone / ".dvc/tmp").mkdir(parents=True, exist_ok=True)
    shell(clone, "dvc pull --quiet data.dvc")
    (clone / ".dvc/tmp/pulled").touch()
    return clone


def trainings(clone):
    """Version of the code of every paper's trainings, in the clone."""
    code = "import json; from pathlib import Path; from lib.runs.code import code_version as version"
    code += "; names = sorted(path.parent.name for path in Path('lib/papers').glob('*/training.py'))"
    code += "; print(json.dumps({name: version(f'lib.papers.{name}.training', []) for name in names}))"
    return json.loads(run(clone, "-c", code))


GENERAL = "published/test_published.py published/test_parameters.py test_layers.py test_instances.py"
GENERAL += " test_notebook.py test_files.py corpora/test_catalogue.py"
"""Tests of every paper that there is."""


def test_a_paper_is_one_command_and_runs(working):
    """Laid out, run on the sample, linted, tested, shown; then one printed number is entered."""
    (commands,) = blocks("Add a paper", "")
    name, repro, tests, lint = commands.splitlines()
    key = re.search(r"NAME=(\S+)", name)[1]
    before = trainings(working)
    shell(working, name)
    assert all(line[1] == " " for line in shell(working, "git status --porcelain -uall").splitlines())
    after = trainings(working)
    assert after.pop("gaze") and after == before, "a paper trains none of the others again"
    shell(working, "git commit --quiet --no-verify -m laid-out")
    shell(working, repro)
    shell(working, tests.replace("pytest", "pytest -q -p no:xdist"))
    shell(working, lint)
    run(working, "-m", "pytest", "-q", "-p", "no:xdist", *(f"tests/{path}" for path in GENERAL.split()))

    tables = working / "reports/gaze/02_training/iemocap/tables"
    scores = (tables / "scores.csv").read_text()
    assert "mean and spread,UAR" in scores and "mean,UAR" in scores
    assert len((tables / "beside_published.csv").read_text().splitlines()) == 1
    assert (tables / "parameters.csv").read_text().count(",0\n") == 2, "no training is cut off"
    page = site_page(working, key)
    assert "No printed number of this paper is entered in" in page and "synthetic sample" in page

    cells = working / f"lib/published/papers/{key}/cells.csv"
    row = f"{key}-table-1-mean-uar,{key},Table 1,mean,UAR,UAR,,0.5,,,fraction,0.5,,gaze/02_training,\n"
    cells.write_text(cells.read_text() + row)
    stored = {path.name for path in (working / "runs").iterdir()}
    shell(working, repro)
    assert {path.name for path in (working / "runs").iterdir()} == stored, "nothing is trained again"
    (beside,) = (tables / "beside_published.csv").read_text().splitlines()[1:]
    assert beside.startswith(f"{key}-table-1-mean-uar,") and "not comparable: synthetic sample" in beside
    page = site_page(working, key)
    assert "Table 1" in page and "None of its printed numbers" not in page


def site_page(clone, key):
    """The paper's page in the report, which is built, and its card on the first page."""
    shell(clone, "make report")
    site = clone / "reports/site"
    assert f"papers/{key}.html" in (site / "index.html").read_text(encoding="utf-8")
    assert (site / "notebooks/gaze-02_training-iemocap.html").is_file()
    return (site / f"papers/{key}.html").read_text(encoding="utf-8")


def test_a_conflict_in_the_lock_is_resolved_by_commands(working):
    """Two branches change a notebook each and run its stage: the lock's entries are in conflict."""
    notebooks = {"one": "published/01_audit", "two": "replication/02_verdicts"}
    stages = {branch: notebook.replace("/", "_") for branch, notebook in notebooks.items()}
    shell(working, "git checkout --quiet -b base && python -m scripts.notebook strip")
    shell(working, f"dvc repro --single-item {' '.join(stages.values())} && git add -A")
    shell(working, "git commit --quiet --no-verify --allow-empty -m base")
    for branch, notebook in notebooks.items():
        shell(working, f"git checkout --quiet -b {branch} base")
        shell(working, f"dvc checkout --force {' '.join(stages.values())}")
        path = working / f"notebooks/{notebook}.ipynb"
        path.write_text(path.read_text().replace("## Set-up", f"## Set-up of branch {branch}", 1))
        shell(working, f"dvc repro --single-item notebooks {stages[branch]}")
        shell(working, "git add -A && git commit --quiet --no-verify -m change")
        assert "dvc.lock" in shell(working, "git diff --name-only base").split()
    shell(working, "git checkout --quiet one")
    shell(working, "git merge two", fails=True)
    assert "dvc.lock" in shell(working, "git diff --name-only --diff-filter=U").split()
    assert "<<<<<<<" in (working / "dvc.lock").read_text()

    (commands,) = blocks("Resolve a conflict in dvc.lock", "")
    targets = shlex.join(["notebooks", *stages.values()])
    for command in commands.splitlines():
        if command.startswith("make repro"):  # of these stages alone
            command = f"dvc repro --single-item {targets}"
        told = shell(working, command)
        if command.startswith("dvc status"):
            changed = told.partition(f"{stages['two']}:\n")[2].partition("\n\t")[2].split("\nreplication")[0]
            assert "outputs/notebooks/replication/02_verdicts.ipynb" in changed
    assert shell(working, "git status --porcelain").strip() == ""
    lock = (working / "dvc.lock").read_text()
    assert "<<<<<<<" not in lock and ">>>>>>>" not in lock
    parents = shell(working, "git log -1 --format=%P").split()
    assert parents == shell(working, "git rev-parse one^1 two").split()
    assert json.loads(shell(working, f"dvc status --json {targets}")) == {}
    for branch, notebook in notebooks.items():
        name = notebook.split("/")[1]
        executed = (working / f"reports/{notebook}/{name}.ipynb").read_text()
        assert f"Set-up of branch {branch}" in executed


def pins(text):
    """Name, version and conditions of every package of a lock."""
    return sorted(re.findall(r"^(\S+==.+?) *\\?$", text, re.MULTILINE))


UNREACHABLE = "error sending request|dns error|Connection refused|Network|timed out|Failed to fetch"


def test_the_lock_of_requirements_is_renewed(clone):
    """The same versions while they satisfy pyproject.toml, with at least the committed hashes."""
    (commands,) = blocks("Renew requirements.lock", "")
    command = next(line for line in commands.splitlines() if line.startswith("uv pip compile"))
    path = clone / "requirements.lock"
    committed = path.read_text()
    kept = re.sub(r"^six==.*?^(?=\S)", "", committed, count=1, flags=re.DOTALL | re.MULTILINE)
    path.write_text(kept)  # a package that others need has lost its lines
    assert len(pins(kept)) == len(pins(committed)) - 1
    done = subprocess.run(
        [str(Path(sys.executable).with_name("uv")), *shlex.split(command)[1:]],
        cwd=clone, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode and re.search(UNREACHABLE, done.stderr):
        pytest.skip(f"no package index: {done.stderr.strip().splitlines()[-1]}")
    assert done.returncode == 0, done.stderr
    renewed = path.read_text()
    assert [pin for pin in pins(renewed) if not pin.startswith("six==")] == pins(kept)
    assert len(pins(renewed)) == len(pins(committed))
    hashes = [set(re.findall(r"sha256:\w+", text)) for text in (kept, renewed)]
    assert hashes[0] < hashes[1]  # wheels may have come for more machines
    run(clone, "-m", "pytest", "-q", "-p", "no:xdist", "tests/test_environment.py")
