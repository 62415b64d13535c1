"""Files that appear whole or not at all."""

import ast
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lib import files
from lib.runs.source import notebook_code

ROOT = Path(__file__).parents[1]
WRITERS = {"write_text", "write_bytes", "to_csv", "to_parquet", "save_file", "savefig"}
"""Functions and methods that write to a path."""
IN_RUNS = {
    *(f"lib/papers/{paper}/training.py" for paper in ("skeletal", "audiovisual", "context", "valence")),
    "lib/papers/classifiers.py",
    "lib/training/checkpoints.py",
}
"""Modules that write into the folder of a run, which appears whole."""
ELSEWHERE = {"lib/replication/permuted_labels.py", "lib/replication/variants.py"}
"""Scratch copies, made anew whenever they are needed."""
SAMPLES = "scripts/sample_corpora/"
"""Samples are drawn into a new folder, which replaces the old one when it is whole."""
IN_SCRIPTS = {
    "scripts/corpora/cutting.py",  # the parts of a corpus of one's own, in the folder that `put` makes anew
    "scripts/mediapipe_pose.py",  # has an environment of its own, without lib
    "scripts/paper/layout.py",  # a temporary folder
    "scripts/predict/features.py",  # a temporary folder
    "scripts/report/notebook_pages.py",  # outputs/site, which every report makes anew
}
"""Modules that write into folders which are made anew, or cannot import `lib.files`."""
LOCKS = {"scripts/paper/placing.py": "open, line"}
"""Modules with an empty file that is only locked."""


def writes(path):
    """Calls of a module or notebook that write to something else than a temporary file of `lib.files`."""
    code = notebook_code(path) if path.suffix == ".ipynb" else path.read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(code)):
        if not isinstance(node, ast.Call):
            continue
        method = isinstance(node.func, ast.Attribute)
        name = node.func.attr if method else getattr(node.func, "id", "")
        places = [ast.unparse(argument) for argument in node.args]
        places += [ast.unparse(node.func.value)] if method else []
        opened = name == "open" and any(place in ("'w'", "'wb'", "'x'", "'xb'") for place in places)
        if not (opened or name in WRITERS or (name == "write" and "nbformat" in places)):
            continue
        if name.startswith("to_") and not node.args:  # gives the text
            continue
        module = ast.unparse(node.func.value) if method else "files"
        at_once = module in ("files", "whole_files") and hasattr(files, name)
        if not at_once and not any(place.startswith("own") for place in places):
            yield f"{name}, line {node.lineno}"


def test_every_writer_of_lib_writes_at_once():
    found = {
        name: list(writes(path))
        for path in sorted((ROOT / "lib").rglob("*.py"))
        if (name := path.relative_to(ROOT).as_posix()) not in IN_RUNS | ELSEWHERE | {"lib/files.py"}
    }
    found["lib/runs/store.py"].remove(found["lib/runs/store.py"][0])  # done.json of a new folder
    assert {name: lines for name, lines in found.items() if lines} == {}


def test_every_writer_of_scripts_writes_at_once():
    found = {
        name: list(writes(path))
        for path in sorted((ROOT / "scripts").rglob("*.py"))
        if not (name := path.relative_to(ROOT).as_posix()).startswith(SAMPLES) and name not in IN_SCRIPTS
    }
    for name, first in LOCKS.items():
        assert found[name].pop(0).startswith(first)
    assert {name: lines for name, lines in found.items() if lines} == {}


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*/*.ipynb")), ids=lambda path: path.stem)
def test_every_notebook_writes_at_once(path):
    assert list(writes(path)) == []


def test_a_writer_that_is_not_is_found(tmp_path):
    path = tmp_path / "module.py"
    path.write_text(
        'p.write_text("x")\nwith p.open("w") as f: pass\ntable.to_csv(p)\nwrite_text(p, "x")'
        "\nfiles.write_text(p, table.to_csv(index=False))"
    )
    assert sorted(writes(path), key=lambda found: found[-1]) == [
        "write_text, line 1",
        "open, line 2",
        "to_csv, line 3",
    ]


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "a.txt"
    files.write_text(path, "old")
    with pytest.raises(RuntimeError), files.written(path) as own:
        own.write_text("new, bu")
        raise RuntimeError
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def test_a_link_is_replaced_and_not_written_through(tmp_path):
    cached = tmp_path / "cached"
    cached.write_text("old")
    link = tmp_path / "link"
    link.symlink_to(cached)
    hard = tmp_path / "hard"
    hard.hardlink_to(cached)
    for path in (link, hard):
        files.write_text(path, "new")
        assert path.read_text() == "new" and not path.is_symlink()
    assert cached.read_text() == "old"


def test_a_folder_appears_whole(tmp_path):
    with pytest.raises(RuntimeError), files.written_folder(tmp_path / "run") as own:
        (own / "a").write_text("a")
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []
    with files.written_folder(tmp_path / "run") as own:
        (own / "a").write_text("a")
        assert not (tmp_path / "run").exists()
    assert (tmp_path / "run" / "a").read_text() == "a"
    with pytest.raises(OSError), files.written_folder(tmp_path / "run") as own:
        (own / "b").write_text("b")
    assert [path.name for path in tmp_path.rglob("*")] == ["run", "a"]


def test_temporaries_of_processes_that_are_gone_are_removed(tmp_path):
    zombie = subprocess.Popen([sys.executable, "-c", ""])
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    while ") Z" not in Path("/proc", str(zombie.pid), "stat").read_text():
        time.sleep(0.05)
    host = socket.gethostname()
    owners = [f"{host}~{pid}" for pid in (os.getpid(), zombie.pid, gone.pid)]
    owners.append(f"elsewhere~{gone.pid}")  # of another machine that sees the folder
    for owner in owners:
        (tmp_path / f".part~{owner}~0~a.txt").touch()
        (tmp_path / f".part~{owner}~1~folder").mkdir()
    files.write_text(tmp_path / "a.txt", "a")
    left = {path.name.split("~0~")[0].split("~1~")[0] for path in tmp_path.glob(".part*")}
    assert left == {f".part~{owner}" for owner in (owners[0], owners[3])}
    zombie.wait()


WRITER = """
import sys
from pathlib import Path
from lib import files
from lib.runs.source import notebook_code
number = 0
while True:
    number += 1
    files.write_text(Path(sys.argv[1]), f"{number}\\n" * 20_000)
    print(number, flush=True)
"""


def test_a_killed_writer_leaves_a_whole_file(tmp_path):
    path = tmp_path / "a.txt"
    for written in (1, 3):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path)],
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
        )
        for _ in range(written):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        process.wait()
        lines = path.read_text().splitlines()
        assert len(lines) == 20_000 and len(set(lines)) == 1
    files._swept.clear()
    files.write_text(path, "end")
    assert list(tmp_path.iterdir()) == [path]


def test_damaged_things_are_set_aside_under_free_names(tmp_path):
    for number in (1, 2):
        (tmp_path / "run").mkdir()
        assert files.set_aside(tmp_path / "run") == tmp_path / f"run.damaged-{number}"
    (tmp_path / "file").touch()
    assert files.set_aside(tmp_path / "file", tmp_path / "new").parent.name == "new"
