"""Checks of a machine, each on a machine that lacks the thing and on one that has it."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from scripts import doctor

ROOT = Path(__file__).parents[2]


def machine(folder, available_kb=8_000_000, group="0::/", **files):
    """A file system with /proc and control groups; `files` by path, with ``__`` for a slash."""
    texts = {"proc/meminfo": f"MemTotal: 1 kB\nMemAvailable: {available_kb} kB\n", "proc/self/cgroup": group}
    for name, text in (texts | {key.replace("__", "/"): text for key, text in files.items()}).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text}\n")
    return folder


def limits(group, limit, used, cache=0):
    own = f"sys/fs/cgroup/{group}"
    return {
        f"{own}/memory.max": str(limit),
        f"{own}/memory.current": str(used),
        f"{own}/memory.stat": f"anon 5\ninactive_file {cache}",
    }


def test_memory_is_what_the_machine_and_every_group_allow(tmp_path):
    assert doctor.available_memory(tmp_path / "none") is None
    assert doctor.available_memory(machine(tmp_path / "free")) == 8_000_000 * 1024
    inner, outer = limits("job/step", "max", 10), limits("job", 3_000, 1_000, 500)
    nested = machine(tmp_path / "nested", group="0::/job/step", **inner, **outer)
    assert doctor.cgroup_room(nested) == doctor.available_memory(nested) == 2_500
    full = machine(tmp_path / "full", **limits("", 1_000, 1_200))
    assert doctor.available_memory(full) == 0
    unlimited = machine(tmp_path / "open", **limits("", "max", 1_200))
    assert doctor.cgroup_room(unlimited) is None


def test_memory_of_the_first_version_of_control_groups(tmp_path):
    own = "sys/fs/cgroup/memory/job"
    files = {
        f"{own}/memory.limit_in_bytes": "3000",
        f"{own}/memory.usage_in_bytes": "1000",
        f"{own}/memory.stat": "inactive_file 7\ntotal_inactive_file 500",
        "sys/fs/cgroup/memory/memory.limit_in_bytes": str(2**63 - 4096),
        "sys/fs/cgroup/memory/memory.usage_in_bytes": "5000",
    }
    found = machine(tmp_path, group="9:cpu,cpuacct:/\n4:memory:/job\n0::/", **files)
    assert doctor.cgroup_room(found) == 2_500


@pytest.mark.parametrize(
    ("gigabytes", "workers", "outcome"),
    [(8, 2, "ok"), (2, 2, "note"), (1, 2, "fails"), (None, 2, "note")],
)
def test_memory_of_the_workers(gigabytes, workers, outcome):
    available = None if gigabytes is None else int(gigabytes * 1e9)
    assert doctor.memory(available, workers).outcome == outcome


@pytest.mark.parametrize(
    ("version", "outcome"),
    [((3, 10), "fails"), ((3, 11), "ok"), ((3, 13), "note"), ((3, 14), "fails"), ((4, 0), "fails")],
)
def test_versions_of_python(version, outcome):
    assert doctor.python(version).outcome == outcome


def test_what_a_fresh_clone_does_not_have_yet_is_a_note(tmp_path, monkeypatch):
    (tmp_path / "requirements.lock").touch()
    (tmp_path / ".dvc/sample/files/md5/00").mkdir(parents=True)
    assert doctor.data(tmp_path).outcome == "fails"
    (tmp_path / ".dvc/sample/files/md5/00/0").touch()
    fresh = [check(tmp_path).outcome for check in (doctor.environment, doctor.kernel, doctor.data)]
    assert fresh == ["note"] * 3
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=5e9))
    assert doctor.disk(tmp_path).outcome == "fails"
    spec = ".venv/share/jupyter/kernels/python3/kernel.json"
    for name in (".venv/.ready", spec, "data/rml/PROVENANCE.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    checks = (doctor.environment, doctor.kernel, doctor.data, doctor.disk)
    assert [check(tmp_path).outcome for check in checks] == ["ok"] * 4
    os.utime(tmp_path / ".venv/.ready", (0, 0))
    assert doctor.environment(tmp_path).outcome == "note"
    (tmp_path / spec).unlink()
    assert doctor.kernel(tmp_path).outcome == "fails"


def test_git_and_a_clone(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert doctor.git(tmp_path).words.endswith("an archive is not enough")
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    assert doctor.git(tmp_path).outcome == "ok"
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert doctor.git(tmp_path).words.startswith("git is missing")


def test_sockets_that_are_refused(monkeypatch):
    assert doctor.sockets().outcome == "ok"

    def refuse(*arguments):
        raise PermissionError("not permitted")

    monkeypatch.setattr(socket, "socket", refuse)
    assert "not permitted" in doctor.sockets().words


def test_a_python_without_ensurepip(monkeypatch):
    assert doctor.venv().outcome == "ok"
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    assert "ensurepip" in doctor.venv().words and doctor.venv().outcome == "fails"


@pytest.mark.parametrize(("flags", "outcome"), [("sse avx2", "ok"), ("sse avx", "note")])
def test_processors(tmp_path, flags, outcome):
    assert doctor.processor(machine(tmp_path, proc__cpuinfo=f"flags\t: {flags}")).outcome == outcome


@pytest.mark.parametrize("failing", [False, True])
def test_the_exit_status_and_one_line_a_check(failing, monkeypatch, capsys):
    monkeypatch.setattr(doctor, "available_memory", lambda: 0 if failing else int(1e12))
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=1e12))
    monkeypatch.setattr(sys, "argv", ["doctor"])
    with pytest.raises(SystemExit) as ended:
        doctor.main()
    lines = capsys.readouterr().out.splitlines()
    assert ended.value.code == int(failing)
    assert len(lines) == len(doctor.findings(ROOT))
    failed = [line for line in lines if line.startswith("fails")]
    assert len(failed) == int(failing)
    assert all("memory: 0.0 GB" in line and "does not fit" in line for line in failed)


def test_it_needs_no_package():
    """Set-up runs it before anything is installed."""
    command = [sys.executable, "-I", "-S", ROOT / "scripts" / "doctor.py", "--python"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(("gigabytes", "workers"), [(0, 1), (1.6, 1), (3.2, 2), (7, 4), (99, 8), (None, 8)])
def test_workers_of_the_suite_fit_into_memory(gigabytes, workers, monkeypatch, request):
    hook = request.config.pluginmanager.hook.pytest_xdist_auto_num_workers
    own = next(item.function for item in hook.get_hookimpls() if item.plugin_name.endswith("conftest.py"))
    monkeypatch.setenv("PYTEST_XDIST_AUTO_NUM_WORKERS", "8")
    available = None if gigabytes is None else int(gigabytes * 1e9)
    monkeypatch.setitem(own.__globals__, "available_memory", lambda: available)
    assert own(request.config) == workers
