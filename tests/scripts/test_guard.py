"""What may not be committed, in real repositories."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scripts import guard

ROOT = Path(__file__).parents[2]
PNG = b"\x89PNG\r\n\x1a\n...."


def git(folder, *arguments):
    identity = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = ["git", *identity, *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A repository with the guard alone."""
    git(tmp_path, "init", "--quiet")
    (tmp_path / "scripts").mkdir()
    shutil.copyfile(ROOT / "scripts" / "guard.py", tmp_path / "scripts" / "guard.py")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("path", "first", "words"),
    [
        ("data/rml/PROVENANCE.json", b"{}", "in data/"),
        ("data", b"a", None),
        ("clip.avi", b"", "is sound"),
        ("CLIP.MP4", b"text", "is sound"),
        ("notes.txt", b"RIFF\1\2\3\4WAVEfmt ", "is sound"),
        ("notes.txt", b"\0\0\0\x18ftypmp42", "is sound"),
        ("tests/a.bin", b"\xff\xd8\xff\xe0", "is sound"),
        ("lib/x.dat", b"\x89HDF\r\n", "is sound"),
        ("reports/skeletal/01_extraction/iemocap/tables/a.parquet", b"PAR1", "is sound"),
        ("reports/skeletal/01_extraction/iemocap/figures/overlay.png", PNG, "is sound"),
        ("reports/skeletal/01_extraction/iemocap/tables/counts.csv", b"a,b\n", None),
        ("reports/figures/audit.png", PNG, None),
        ("reports/open_data/skeletal/02_training/egait/figures/uar.png", PNG, None),
        ("reports/figures/more/audit.png", PNG, "is sound"),
        ("figures/audit.png", PNG, "is sound"),
        (
            "copy/IEMOCAP_full_release/Session1/dialog/EmoEvaluation/Ses01F_impro01.txt",
            b"[",
            "corpus iemocap",
        ),
        (".corpus-x1/new/Annotations/Annotations.mat", b"", "corpus emotic"),
        ("iemocap/alphapose/labels.csv", b"a", "corpus iemocap"),
        ("AVEC2016/ratings_individual/valence/train_1.csv", b"a", "corpus recola"),
        ("lib/corpora/iemocap.py", b"'''", None),
        ("tests/corpora/train.csv", b"a,b", None),
        ("egait/index.csv", b"key", None),
        ("README.md", b"# a", None),
    ],
)
def test_files_are_refused_by_place_name_and_first_bytes(path, first, words):
    found = guard.reason(path, first)
    assert found is None if words is None else words in found


def test_the_hook_refuses_and_lets_pass(repository):
    (repository / "notes.txt").write_text("notes")
    git(repository, "add", "-A")
    assert git(repository, "commit", "-m", "before").returncode == 0
    assert "refuses media" in guard.install()
    assert "refuses media" in guard.install()  # its own is replaced
    (repository / "a ü\n.wav").write_bytes(b"RIFF\0\0\0\0WAVE")
    (repository / "notes.txt").write_text("more")
    git(repository, "add", "-A")
    refused = git(repository, "commit", "-m", "media")
    assert refused.returncode == 1 and "is sound" in refused.stderr
    assert "1 files must not be committed" in refused.stderr and "make corpus" in refused.stderr
    git(repository, "rm", "--cached", "--quiet", "a ü\n.wav")
    passed = git(repository, "commit", "-m", "notes alone")
    assert passed.returncode == 0, passed.stderr


def test_what_is_staged_counts_and_all_is_looked_at_on_demand(repository):
    (repository / "notes.txt").write_bytes(PNG)
    git(repository, "add", "-A")
    (repository / "notes.txt").write_text("harmless again")
    assert list(guard.refused(staged=True)) == list(guard.refused(staged=False)) == ["notes.txt"]
    git(repository, "commit", "-m", "before there was a hook")
    assert guard.refused(staged=True) == {}
    assert list(guard.refused(staged=False)) == ["notes.txt"]
    git(repository, "checkout", "--", "notes.txt")
    (repository / "notes.txt").rename(repository / "same.txt")
    git(repository, "add", "-A")
    assert list(guard.refused(staged=True)) == ["same.txt"]


def test_a_foreign_hook_stays(repository):
    hook = repository / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 0\n")
    assert "stays: let it call `python -m scripts.guard --staged`" in guard.install()
    assert hook.read_text() == "#!/bin/sh\nexit 0\n"
    hook.unlink()
    git(repository, "config", "core.hooksPath", str(repository / "elsewhere"))
    assert "core.hooksPath leads to" in guard.install()
    assert not (repository / "elsewhere").exists()


def test_without_a_repository_nothing_is_installed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert "no hook" in guard.install()
    assert list(tmp_path.iterdir()) == []


def test_a_hook_of_another_branch_or_without_its_python(repository):
    guard.install()
    hook = repository / ".git" / "hooks" / "pre-commit"
    hook.write_text(hook.read_text().replace(sys.executable, "/nowhere/python"))
    done = git(repository, "commit", "--allow-empty", "-m", "a")
    assert done.returncode and "run make setup" in done.stderr
    (repository / "scripts" / "guard.py").unlink()
    assert git(repository, "commit", "--allow-empty", "-m", "a").returncode == 0


def pushed(files):
    """Objects of a folder in the remote inside the repository, and the path of its list."""
    objects = {}
    entries = []
    for path, content in files.items():
        name = hashlib.md5(content).hexdigest()
        entries.append({"md5": name, "relpath": path})
        objects[f"{guard.SAMPLE}{name[:2]}/{name[2:]}"] = content
    listing = json.dumps(entries).encode()
    name = hashlib.md5(listing).hexdigest()
    path = f"{guard.SAMPLE}{name[:2]}/{name[2:]}.dir"
    return objects | {path: listing}, path


def origin(kind):
    return json.dumps({"kind": kind}).encode()


def test_of_the_remote_inside_the_repository_only_synthetic_corpora_pass():
    sample, _ = pushed(
        {"rml/PROVENANCE.json": origin("synthetic"), "rml/an1.avi": b"drawn", "rml/b": b"both"}
    )
    assert guard.unlisted(sample) == {}
    licensed, listing = pushed({
        "rml/PROVENANCE.json": origin("synthetic"), "rml/an1.avi": b"drawn",
        "iemocap/PROVENANCE.json": origin("licensed"), "iemocap/a.wav": b"recorded", "iemocap/b": b"both",
        "stray.txt": b"of no corpus",
    })  # fmt: skip
    found = set(guard.unlisted(sample | licensed))
    by_content = {content: path for path, content in licensed.items()}
    assert found == {
        listing,
        *(by_content[each] for each in (origin("licensed"), b"recorded", b"of no corpus")),
    }


def test_a_pushed_corpus_is_refused_at_the_commit(repository):
    objects, _ = pushed({"rml/PROVENANCE.json": origin("licensed"), "rml/an1.avi": b"recorded"})
    for path, content in objects.items():
        (repository / path).parent.mkdir(parents=True, exist_ok=True)
        (repository / path).write_bytes(content)
    git(repository, "add", "-A")
    assert set(guard.refused(staged=True)) == set(objects)


def test_every_tracked_file_of_the_project_passes(monkeypatch):
    monkeypatch.chdir(ROOT)
    files = guard.tracked()
    assert {"README.md", "data.dvc"} <= set(files)
    assert guard.refused(staged=False) == {}
