"""Commands of the Makefile, with programs that only say how they were called."""

import ast
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGET = re.compile(r"^([a-z-]+|\$\(VENV\)/\.ready):(?!=)(.*)\n((?:\t.*\n(?:  .*\n)*)*)", re.MULTILINE)
"""Name, help and recipe of a target."""
USED = re.compile(r"\$\$?[({]?(?:if |or |value )?([A-Z][A-Z_]+)")
"""Variables of make and of the shell."""
OWN = set(re.findall(r"^(?:export )?([A-Z_]+) :=", MAKEFILE, re.MULTILINE)) | {"MAKE"}
"""Variables that the Makefile sets itself."""
HOSTILE = 'a$b $(shell touch pwned) $(NAME) `touch pwned`; touch pwned "é" & .mp4'
TOLD = re.compile(r"make ([a-z-]+)((?: +[A-Z_]+=(?:\"[^\"]*\"|\S*))+)")
"""Calls that documents and the help of make show."""


def read_by(module):
    """Variables that a module which says so takes from its environment."""
    path = (ROOT / module.replace(".", "/")).with_suffix(".py")
    tree = ast.parse(path.read_text(encoding="utf-8")) if path.is_file() else ast.Module([], [])
    if "Values come from the environment" not in (ast.get_docstring(tree) or ""):
        return set()
    words = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return {word for word in words if isinstance(word, str) and re.fullmatch("[A-Z][A-Z_]+", word)}


def taken():
    """Every target with each variable that its help names, or its recipe or a program of it takes."""
    found = []
    for target, about, recipe in TARGET.findall(MAKEFILE):
        names = {*USED.findall(recipe), *re.findall("([A-Z][A-Z_]+)=", about)} - OWN
        names |= {"ARGS"} if "$(with_args)" in recipe else set()
        names |= {"PYTHON"} if "$(python)" in recipe else set()
        for module in re.findall(r"-m (scripts[\w.]+)", recipe):
            names |= read_by(module)
        found += [(target, name) for name in sorted(names)]
    return found


@pytest.fixture
def project(tmp_path):
    """A project whose environment is ready and has stand-ins for its programs."""
    (tmp_path / "Makefile").write_bytes((ROOT / "Makefile").read_bytes())
    for name in ("requirements.lock", "pyproject.toml", "data.dvc"):
        (tmp_path / name).touch()
    for number, name in enumerate((".venv/.ready", ".dvc/tmp/pulled")):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (2e9 + number, 2e9 + number))
    (tmp_path / ".venv" / "bin").mkdir()
    for name in ("python", "jupyter"):
        program = tmp_path / ".venv" / "bin" / name
        real = f'test "$1" != -c || exec {sys.executable} "$@"\n' if name == "python" else ""
        program.write_text(f'#!/bin/sh\n{real}printf \'%s\\n\' "$@" "$JUPYTER_PATH"\n')
        program.chmod(0o755)
    return tmp_path


def make(project, *arguments, **environment):
    return subprocess.run(
        ["make", "-s", *arguments],
        cwd=project,
        env=os.environ | environment,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    ("folder", "source"),
    [
        ("/with a blank/é", ""),
        ('/a "quoted" `name`', "Zenodo, 2026"),
        ("relative", ""),
        ("/it's $HOME/$(HOME)/$5;touch here", "'a' $(FROM); touch here"),
        ("$(shell touch here)", "`touch here` $(touch here) $(shell touch here)"),
        ("-f", "-n"),
    ],
)
def test_any_name_of_a_folder_comes_through(project, folder, source):
    """As typed, on the command line and from the environment; nothing in it is executed."""
    expected = ["scripts.add_corpus", f"--source={source or 'unknown'}", "--", 'r"m$l;', folder]
    before = sorted(project.rglob("*"))
    given = {"NAME": 'r"m$l;', "FROM": folder, "SOURCE": source}
    done = make(project, "corpus", *(f"{name}={value}" for name, value in given.items()))
    assert done.stdout.split("\n")[1:6] == expected, done.stderr
    done = make(project, "corpus", **given)
    assert done.stdout.split("\n")[1:6] == expected, done.stderr
    assert sorted(project.rglob("*")) == before


def test_every_variable_that_documents_name_is_taken():
    texts = [path.read_text(encoding="utf-8") for path in ROOT.glob("*.md")]
    told = {
        (target, name)
        for target, given in TOLD.findall("\n".join(texts))
        for name in re.findall(" ([A-Z_]+)=", given)
    }
    assert len(told) > 20 and told <= set(taken())


@pytest.mark.parametrize(("target", "name"), [pair for pair in taken() if pair[0].isalpha()])
def test_a_value_reaches_a_program_unchanged(project, target, name):
    """On the command line and from the environment, whatever it holds; nothing in it is executed."""
    (project / ".venv" / "bin" / "py-spy").symlink_to("jupyter")
    for program in (project / ".venv" / "bin").iterdir():
        if not program.is_symlink():
            program.write_text(program.read_text() + f'printf "<%s>\\n" "${name}"\n')
    before = sorted(project.rglob("*"))
    value = HOSTILE
    if name == "PYTHON":  # a program, which is needed only where there is no environment
        value = str(project / "a$b 'python'")
        (project / ".venv" / "bin" / "python").rename(value)
        before = sorted(project.rglob("*"))
    needed = {"FROM": "/x", "STAGE": "a", "NAME": "a"} | {name: value}
    given = [f"{key}={value}" for key, value in needed.items()]
    for done in (make(project, target, *given), make(project, target, **needed)):
        assert f"<{value}>" in done.stdout, done.stderr
    before = sorted({*before, *project.glob("outputs")})  # make profile makes it
    assert sorted(project.rglob("*")) == before


@pytest.mark.parametrize(
    "table", ["a table.csv", 'it\'s "mine" $HOME/$(HOME)/`touch here`;.csv', "-t", "$(shell touch here)"]
)
def test_any_name_of_a_table_comes_through(project, table):
    expected = ["scripts.add_corpus", "--source=unknown", f"--table={table}", "--", "mine", "/with a blank"]
    before = sorted(project.rglob("*"))
    given = {"NAME": "mine", "FROM": "/with a blank", "TABLE": table}
    done = make(project, "corpus", *(f"{name}={value}" for name, value in given.items()))
    assert done.stdout.split("\n")[1:7] == expected, done.stderr
    done = make(project, "corpus", **given)
    assert done.stdout.split("\n")[1:7] == expected, done.stderr
    assert sorted(project.rglob("*")) == before


@pytest.mark.parametrize("title", ["", 'On "it\'s" $HOME $(shell touch here); `touch here`'])
def test_a_papers_title_comes_through(project, title):
    before = sorted(project.rglob("*"))
    done = make(project, "paper", "NAME=lastname2026-gaze", f"TITLE={title}")
    expected = ["-m", "scripts.paper", f"--title={title}", "--", "lastname2026-gaze"]
    assert done.stdout.split("\n")[:5] == expected, done.stderr
    assert sorted(project.rglob("*")) == before


def test_damaged_files_are_left_out_on_demand(project):
    done = make(project, "corpus", "NAME=rml", "FROM=/x", "LEAVE_OUT=1")
    assert done.stdout.split("\n")[1:6] == [
        "scripts.add_corpus",
        "--source=unknown",
        "--leave-out",
        "--",
        "rml",
    ]


@pytest.mark.parametrize("target", ["sweep", "lab", "bench"])
def test_arguments_are_split_as_by_a_shell_and_not_executed(project, target):
    words = ["-g", "experiments=[a b]", "it's", "$HOME", "$(HOME)", ";", "touch", "here", "`touch", "here`"]
    given = """-g "experiments=[a b]" "it's" $HOME $(HOME) ; touch here `touch here`"""
    before = sorted(project.rglob("*"))
    done = make(project, target, f"ARGS={given} $(shell touch here)")
    lines = done.stdout.split("\n")
    start = lines.index("-g")
    assert lines[start : start + len(words) + 3] == [*words, "$(shell", "touch", "here)"], done.stderr
    assert sorted(project.rglob("*")) == before


def test_arguments_with_an_open_quotation_stop(project):
    done = make(project, "sweep", 'ARGS=-g "a')
    assert done.returncode and "No closing quotation" in done.stderr


def test_set_up_installs_the_guard(project):
    assert "scripts.guard\n--install" in make(project, "setup").stdout


def test_lint_looks_for_media(project):
    for name in ("ruff", "nbstripout", "mypy"):
        (project / ".venv" / "bin" / name).write_text("#!/bin/sh\n")
        (project / ".venv" / "bin" / name).chmod(0o755)
    assert "scripts.guard" in make(project, "lint").stdout


def test_a_corpus_without_its_folder(project):
    done = make(project, "corpus", "NAME=rml")
    assert done.returncode and "FROM: the folder of the corpus" in done.stderr


@pytest.mark.parametrize("given", ["", "/cluster/jupyter:/other"])
def test_kernels_of_a_cluster_come_after_the_environments(project, given):
    done = make(project, "lab", JUPYTER_PATH=given)
    paths = done.stdout.split("\n")[1].split(":")
    assert paths == [f"{project}/.venv/share/jupyter", *filter(None, given.split(":"))]


@pytest.fixture
def regenerated(project):
    """The project after a `make repro`, with a file in each folder that it reads or writes."""
    for name in "lib notebooks scripts profiles data folds outputs outputs/scratch runs reports".split():
        (project / name).mkdir()
        (project / name / "file").touch()
    for name in ("params.yaml", "dvc.yaml", "dvc.lock"):
        (project / name).touch()
    for name in (".venv/.ready", ".dvc/tmp/pulled"):
        os.utime(project / name)  # not in the future
    (project / ".venv" / "bin" / "dvc").write_text("#!/bin/sh\necho dvc $@\n")
    (project / ".venv" / "bin" / "dvc").chmod(0o755)
    done = make(project, "repro")
    assert "dvc repro data.dvc notebooks" in done.stdout, done.stderr
    time.sleep(0.05)
    return project


def test_without_a_change_nothing_is_regenerated_but_results_are_compared(regenerated):
    (regenerated / "outputs/scratch/file").write_text("by hand")
    done = make(regenerated, "repro")
    assert "nothing is regenerated" in done.stdout and "scripts.committed" in done.stdout
    assert "dvc" not in done.stdout.replace(str(regenerated), "")


def changed(path):
    path.write_text("new")


def old(path):
    """Another file of the same size and time in its place, as `mv` or `cp -p` leaves it."""
    other = path.with_name("other")
    other.touch()
    os.utime(other, (1e9, 1e9))
    other.rename(path)


@pytest.mark.parametrize("change", [changed, old, Path.unlink])
@pytest.mark.parametrize(
    "name", ["lib/file", "data/file", "folds/file", "reports/file", "runs/file", "params.yaml"]
)
def test_after_any_change_results_are_regenerated(regenerated, name, change):
    change(regenerated / name)
    assert "dvc repro data.dvc notebooks" in make(regenerated, "repro").stdout


def test_a_regeneration_that_failed_is_repeated(regenerated):
    program = regenerated / ".venv" / "bin" / "dvc"
    program.write_text("#!/bin/sh\nexit 1\n")
    (regenerated / "lib" / "file").write_text("new")
    assert make(regenerated, "repro").returncode
    program.write_text("#!/bin/sh\necho dvc $@\n")
    assert "dvc repro data.dvc notebooks" in make(regenerated, "repro").stdout


def test_make_alone_prints_every_target_and_starts_nothing(project):
    done = make(project)
    text = (project / "Makefile").read_text(encoding="utf-8")
    targets = text.partition(".PHONY: ")[2].splitlines()[0].split()
    assert done.returncode == 0
    assert sorted(line.split()[1] for line in done.stdout.splitlines()) == sorted(targets)
    assert all(len(line.split()) > 3 for line in done.stdout.splitlines())
