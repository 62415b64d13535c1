import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml
from packaging.markers import Marker, default_environment
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
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
MARKERS = dict(
    re.findall(
        r"^([a-z0-9][a-z0-9._-]*)==[^ ]+ ; (.+?) \\$",
        (ROOT / "requirements.lock").read_text(),
        re.M,
    )
)
PLATFORMS = {
    "x86_64-manylinux_2_28": ("linux", "Linux", "posix", "x86_64"),
    "aarch64-manylinux_2_28": ("linux", "Linux", "posix", "aarch64"),
    "aarch64-apple-darwin": ("darwin", "Darwin", "posix", "arm64"),
    "x86_64-pc-windows-msvc": ("win32", "Windows", "nt", "AMD64"),
}
"""By uv's name of a platform: sys_platform, platform_system, os_name, platform_machine."""
SOURCES_ONLY = {"antlr4-python3-runtime", "face-recognition-models"}
"""Packages of pure Python that are published without a wheel."""
NO_NETWORK = r"Failed to fetch|error sending request|dns error|timed out|Connection refused"


def locked_for(platform, python):
    """Packages whose row of the lock counts on a platform."""
    names = ("sys_platform", "platform_system", "os_name", "platform_machine")
    given = dict(zip(names, PLATFORMS[platform], strict=True))
    given |= {"python_version": python, "python_full_version": f"{python}.1"}
    environment = default_environment() | given
    return {name for name in LOCKED if name not in MARKERS or Marker(MARKERS[name]).evaluate(environment)}


def test_the_lock_serves_every_platform_and_python():
    specifier = SpecifierSet(PROJECT["requires-python"])
    assert [minor for minor in range(8, 20) if specifier.contains(f"3.{minor}.0")] == [11, 12, 13]
    assert MARKERS.keys() <= LOCKED.keys()
    assert not {canonicalize_name(item.name) for item in STATED} & MARKERS.keys()  # wanted everywhere
    rows = {name: locked_for(name, "3.11") for name in PLATFORMS}
    cuda = {name for name in LOCKED if name.startswith(("nvidia-", "cuda-", "triton"))}
    assert cuda and all(cuda <= rows[name] for name in PLATFORMS if "linux" in name)
    assert all(not cuda & rows[name] for name in PLATFORMS if "linux" not in name)
    assert "pywin32" in rows["x86_64-pc-windows-msvc"] and "pexpect" not in rows["x86_64-pc-windows-msvc"]


@pytest.mark.slow
@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_lock_resolves_on(platform, python, tmp_path):
    """Dry: every row has a wheel for the platform, with a hash of the lock; nothing is installed."""
    wheels = [part for name in LOCKED.keys() - SOURCES_ONLY for part in ("--only-binary", name)]
    command = [
        *("uv", "pip", "install", "--dry-run", "--target", tmp_path / "none", "--require-hashes"),
        *("--python-platform", platform, "--python-version", python, *wheels),
        *("--python", sys.executable, "-r", ROOT / "requirements.lock"),
    ]
    environment = os.environ | {"MACOSX_DEPLOYMENT_TARGET": "14.0"}  # what PyAV's wheels ask for
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode and re.search(NO_NETWORK, done.stderr):
        pytest.skip("no package index answers")
    assert done.returncode == 0, done.stderr
    taken = dict(re.findall(r"^ \+ ([^= ]+)==(\S+)", done.stderr, re.M))
    assert taken == {name: LOCKED[name] for name in locked_for(platform, python)}


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
