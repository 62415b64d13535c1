"""`make corpus` killed, twice at once, on a disk that is full or cannot be written, from a damaged source."""

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

from lib.corpora.provenance import Provenance
from lib.corpora.ravdess import Recording
from scripts.corpora import placing
from tests.corpora.conftest import wav
from tests.corpora.test_add_killed import AFTER, PARAMS
from tests.faults.test_disks import full_disk, read_only

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("kind", ["make corpus"])]

ROOT = Path(__file__).parents[2]
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


def test_kill_at_many_moments(kind: str, pristine: Path, source: Path) -> None:
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


@pytest.fixture
def wanted(pristine: Path, source: Path) -> tuple[object, ...]:
    """What a call that nothing disturbs leaves."""
    project = pristine.with_name("undisturbed")
    shutil.copytree(pristine, project, symlinks=True)
    assert start(project, source).wait() == 0
    return state(project)


def add(project: Path, source: Path) -> subprocess.CompletedProcess[str]:
    return run(project, sys.executable, "-m", "scripts.add_corpus", "ravdess", source)


def test_second_driver(kind: str, pristine: Path, source: Path, wanted: tuple[object, ...]) -> None:
    both = [start(pristine, source) for _ in range(2)]
    codes = {process.wait() for process in both}
    assert 0 in codes and codes <= {0, 1}
    assert add(pristine, source).returncode == 0
    assert state(pristine) == wanted


def test_full_disk(kind: str, pristine: Path, source: Path, wanted: tuple[object, ...]) -> None:
    with full_disk(pristine) as free:
        before = tree(pristine / "data")
        done = add(pristine, source)
        assert done.returncode and "No space left" in done.stderr, done.stderr
        assert (tree(pristine / "data"), (pristine / "params.yaml").read_text()) == (before, PARAMS)
        free()
        assert add(pristine, source).returncode == 0
        assert state(pristine) == wanted


@pytest.mark.parametrize("folder", ["data", "."], ids=["data", "project"])
def test_read_only(folder: str, kind: str, pristine: Path, source: Path, wanted: tuple[object, ...]) -> None:
    before = tree(pristine / "data")
    with read_only(pristine / folder):
        done = add(pristine, source)
        assert done.returncode and "Traceback" not in done.stderr, done.stderr
        assert (tree(pristine / "data"), (pristine / "params.yaml").read_text()) == (before, PARAMS)
    done = add(pristine, source)
    assert done.returncode == 0, done.stderr
    assert state(pristine) == wanted


def flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[9] ^= 1  # of the word WAVE
    path.write_bytes(content)


def truncated(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


@pytest.mark.parametrize(
    "damage", [flipped, truncated, Path.unlink], ids=["flipped bit", "truncated file", "deleted file"]
)
def test_source(
    damage: Callable[[Path], None], kind: str, pristine: Path, source: Path, wanted: tuple[object, ...]
) -> None:
    path = sorted(source.rglob("*.wav"))[7]
    whole, before = path.read_bytes(), tree(pristine / "data")
    damage(path)
    done = add(pristine, source)
    assert done.returncode and "Traceback" not in done.stderr, done.stderr
    assert path.exists() is (path.name in done.stderr), done.stderr
    assert (tree(pristine / "data"), (pristine / "params.yaml").read_text()) == (before, PARAMS)
    path.write_bytes(whole)
    assert add(pristine, source).returncode == 0
    assert state(pristine) == wanted
