"""The command killed at many moments: the project stays whole, and the next call finishes."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lib import files
from lib.corpora.provenance import Provenance
from lib.corpora.ravdess import Recording
from scripts.corpora import placing
from tests.corpora.conftest import wav

ROOT = Path(__file__).parents[2]
PARAMS = (
    "profile: sample # or paper\n\ncorpus_profiles: {}\nskeletal:\n  corpora:\n  - iemocap\n"
    "  speaker_corpora:\n  - iemocap\n  frames: 8\n"
)
AFTER = PARAMS.replace("{}", "{ravdess: paper}").replace("- iemocap\n", "- iemocap\n  - ravdess\n")
KILLS = 25


def run(folder: Path, *command: object) -> subprocess.CompletedProcess[str]:
    given = [str(part) for part in command]
    return subprocess.run(given, cwd=folder, env=environment(folder), capture_output=True, text=True)


def environment(folder: Path) -> dict[str, str]:
    return os.environ | {
        "PYTHONPATH": str(ROOT),
        "DVC_SITE_CACHE_DIR": str(folder.parent / "site"),
        **{f"GIT_{who}_{what}": "a@b" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    }


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """The spoken recordings of one actor."""
    folder = tmp_path / "a source" / "Actor_01"
    folder.mkdir(parents=True)
    content = wav()
    for emotion in range(1, 9):
        for intensity in (1, 2) if emotion > 1 else (1,):
            for statement, repetition in ((1, 1), (1, 2), (2, 1), (2, 2)):
                name = Recording(3, 1, emotion, intensity, statement, repetition, 1).name
                (folder / f"{name}.wav").write_bytes(content)
    return folder.parent


@pytest.fixture
def pristine(tmp_path: Path) -> Path:
    """A project with git and DVC, and a synthetic corpus of the name."""
    folder = tmp_path / "pristine"
    sample = folder / "data" / "ravdess"
    sample.mkdir(parents=True)
    (sample / "sample.txt").write_text("sample")
    given = dict.fromkeys(("version", "source", "licence"), "x")
    Provenance(corpus="ravdess", kind="synthetic", **given, counts={}, files=1, bytes=6).write(sample)
    (folder / "params.yaml").write_text(PARAMS)
    for name in (".gitignore", ".dvcignore"):
        shutil.copyfile(ROOT / name, folder / name)
    dvc = [sys.executable, "-m", "dvc"]
    for command in (["git", "init", "-q"], [*dvc, "init", "-q"], [*dvc, "add", "-q", "data"]):
        done = run(folder, *command)
        assert done.returncode == 0, done.stderr
    run(folder, "git", "add", "-A")
    assert run(folder, "git", "commit", "-qm", "before").returncode == 0
    return folder


def tree(folder: Path) -> dict[str, bytes]:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def state(project: Path) -> tuple[object, ...]:
    """What a call leaves in the end."""
    texts = ((project / name).read_bytes() for name in ("params.yaml", "data.dvc", ".gitignore"))
    work = project / placing.WORK
    return (*texts, tree(project / "data"), sorted(work.iterdir()) if work.exists() else [])


def moments(
    project: Path, generator: random.Random, times: tuple[float, float]
) -> Iterator[Callable[[], bool]]:
    """Conditions at which the process is killed, each after what came before; `times` are those of a call
    until its copy is in place, and from then on."""
    place, target = project / placing.WORK, project / "data" / "ravdess"
    for kind in range(KILLS):
        delay, number, start = generator.random(), generator.randrange(60), time.monotonic()
        if kind % 5 == 0:
            end = start + delay * times[0]
            yield lambda end=end: time.monotonic() > end
        elif kind % 5 == 1:
            yield lambda number=number: sum(1 for _ in place.glob("*/new/Actor_01/*")) >= number
        elif kind % 5 == 2:
            yield lambda: not (target / "sample.txt").exists()
        else:
            placed: list[float] = []

            def later(placed: list[float] = placed, wait: float = delay * times[1]) -> bool:
                if not placed and (target / "Actor_01").exists():
                    placed.append(time.monotonic())
                return bool(placed) and time.monotonic() > placed[0] + wait

            yield later


def start(project: Path, source: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "scripts.add_corpus", "ravdess", str(source)]
    return subprocess.Popen(
        command,
        cwd=project,
        env=environment(project),
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@pytest.mark.slow
def test_killed_at_any_moment_the_next_call_finishes(pristine: Path, source: Path) -> None:
    """Alone, or with the DVC that it started, which otherwise goes on while the next call begins."""
    project = pristine.with_name("project")
    shutil.copytree(pristine, project, symlinks=True)
    began = time.monotonic()
    process = start(project, source)
    while process.poll() is None and not (project / "data/ravdess/Actor_01").exists():
        time.sleep(0.001)
    placed = time.monotonic()
    assert process.wait() == 0
    times = placed - began, time.monotonic() - placed
    wanted = state(project)
    assert wanted[0] == AFTER.encode() and len(wanted[3]) == 61
    copy, sample = wanted[3], tree(pristine / "data")
    killed, found = 0, set()
    for number, reached in enumerate(moments(project, random.Random(0), times)):
        shutil.rmtree(project)
        shutil.copytree(pristine, project, symlinks=True)
        process = start(project, source)
        while process.poll() is None and not reached():
            time.sleep(0.0005)
        (os.killpg if number % 2 else os.kill)(process.pid, signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL

        params, data = (project / "params.yaml").read_text(), tree(project / "data")
        assert params in (PARAMS, AFTER)
        assert data in (sample, copy, {})
        assert data == copy or params == PARAMS
        found.add((params == AFTER, len(data)))
        shown = run(project, "git", "status", "--porcelain", "--untracked-files=all").stdout
        assert {line[3:] for line in shown.splitlines()} <= {"params.yaml", "data.dvc"}, shown
        done = run(project, sys.executable, "-m", "scripts.add_corpus", "ravdess", source)
        assert done.returncode == 0, done.stderr
        assert state(project) == wanted
    assert killed >= 20
    assert {(False, 2), (False, 61), (True, 61)} <= found
    done = run(project, sys.executable, "-m", "dvc", "status")
    assert "up to date" in done.stdout, done.stdout + done.stderr


def dead() -> int:
    """Number of a process that is gone."""
    process = subprocess.Popen(["true"])
    process.wait()
    return process.pid


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "params.yaml").write_text(PARAMS)
    return tmp_path


def left_behind(project: Path, process: int) -> Path:
    own = files.temporary(project / placing.WORK / "ravdess")
    own = own.with_name(own.name.replace(f"~{os.getpid()}~", f"~{process}~"))
    (own / placing.NEW).mkdir(parents=True)
    (own / placing.NEW / "a.wav").write_bytes(b"recorded")
    return own


def test_a_dead_owners_copy_is_removed_and_what_it_replaced_comes_back(project: Path) -> None:
    own, living = left_behind(project, dead()), left_behind(project, os.getppid())
    (own / placing.OLD).mkdir()
    (own / placing.OLD / "sample.txt").write_text("sample")
    said = placing.recover(project / "data")
    assert "data/ravdess is back" in said[1]
    assert (project / "data/ravdess/sample.txt").read_text() == "sample"
    assert not own.exists() and (living / "new/a.wav").exists()


def test_what_is_in_place_is_not_replaced(project: Path) -> None:
    own = left_behind(project, dead())
    (own / placing.OLD).mkdir()
    (project / "data/ravdess").mkdir(parents=True)
    (project / "data/ravdess/a.wav").write_bytes(b"recorded")
    placing.recover(project / "data")
    assert tree(project / "data") == {"ravdess/a.wav": b"recorded"}
    assert not (project / placing.WORK).exists()


@pytest.mark.parametrize("cut", ["", "outs:\n- md5: 0123", "outs:\n- md5: a.dir\n  pa", None])
def test_a_file_that_dvc_was_writing_comes_back(project: Path, cut: str | None) -> None:
    whole = "outs:\n- md5: 0123.dir\n  size: 1\n  path: data\n"
    own = left_behind(project, dead())
    (project / "data.dvc").write_text(whole)
    placing.save(own, project / "data.dvc")
    (project / ".dvc/tmp/rwlock").write_text('{"data": {"re')
    if cut is None:
        (project / "data.dvc").write_text(whole.replace("0123", "4567"))
    else:
        (project / "data.dvc").write_text(cut)
    placing.recover(project / "data")
    assert (project / "data.dvc").read_text() == (whole if cut is not None else whole.replace("0123", "4567"))
    assert not (project / ".dvc/tmp/rwlock").exists()
