import re
import shlex
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
STATED = [
    Requirement(line)
    for group in (PROJECT["dependencies"], *PROJECT["optional-dependencies"].values())
    for line in group
]
LOCKED = dict(
    re.findall(r"^([a-z0-9][a-z0-9._-]*)==([^ \\]+)", (ROOT / "requirements.lock").read_text(), re.M)
)


def test_the_lock_satisfies_pyproject():
    for requirement in STATED:
        locked = LOCKED[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(locked), requirement


def test_the_lock_is_hash_pinned_and_names_no_host():
    text = (ROOT / "requirements.lock").read_text()
    for block in re.split(r"\n(?=[a-z0-9])", text)[1:]:
        assert "--hash=sha256:" in block, block.splitlines()[0]
    assert "://" not in text
    assert not [line for line in text.splitlines() if line.startswith("-")]


def test_conda_users_get_the_same_requirements():
    document = yaml.safe_load((ROOT / "environment.yml").read_text())
    lines = next(item["pip"] for item in document["dependencies"] if isinstance(item, dict))
    theirs = {str(Requirement(line)) for line in lines if not line.startswith("-")}
    assert theirs == {str(requirement) for requirement in STATED}
    assert "python=3.11" in document["dependencies"]


def test_the_running_environment_is_the_locked_one():
    for requirement in STATED:
        name = canonicalize_name(requirement.name)
        assert version(name).split("+")[0] == LOCKED[name].split("+")[0], name


def test_make_bench_collects_every_benchmark():
    """The options of the target beside those of pyproject.toml."""
    line = re.search(r"^\tpython (-m pytest tests/benchmarks .*)$", (ROOT / "Makefile").read_text(), re.M)
    command = [sys.executable, *shlex.split(line[1].replace("$(ARGS)", "")), "--collect-only", "-q"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "--benchmark-only" not in command  # skips what has no fixture
    for path in (ROOT / "tests" / "benchmarks").glob("test_*.py"):
        assert f"{path.name}::" in done.stdout, path.name
