"""A new paper from the template: names, all files or none, also where the program is killed."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from lib import files
from scripts import guard
from scripts.paper import layout, placing
from scripts.paper.__main__ import lay_out, main
from scripts.paper.naming import Paper, PaperError

ROOT = Path(__file__).parents[2]
KEY, TITLE = "lastname2026-gaze", "Where people look: it's a study"
SHARED = "CITATION.cff DATASETS.md README.md dvc.yaml params.yaml pyproject.toml .gitignore".split()


def git(project, *arguments):
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """A repository with the files that the program reads."""
    folder = tmp_path_factory.mktemp("original")
    for name in SHARED:
        shutil.copyfile(ROOT / name, folder / name)
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("lib", "notebooks", "profiles", "tests/papers"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    (folder / ".dvc").mkdir()
    shutil.copyfile(ROOT / ".dvc/.gitignore", folder / ".dvc/.gitignore")
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "-m", "first")
    return folder


@pytest.fixture
def project(original, tmp_path):
    shutil.copytree(original, tmp_path / "project")
    return tmp_path / "project"


def contents(project):
    """Bytes of every file outside git's and DVC's folders, and the empty folders."""
    paths = [path for path in project.rglob("*") if ".git" not in path.parts and ".dvc" not in path.parts]
    return {
        path.relative_to(project).as_posix(): path.read_bytes() if path.is_file() else None
        for path in paths
        if path.is_file() or not any(path.iterdir())
    }


def test_all_files_are_written_and_in_the_index_and_one_command_takes_them_back(project):
    before = contents(project)
    paper, paths = lay_out(KEY, TITLE, project)
    status = git(project, "status", "--porcelain", "--untracked-files=all").splitlines()
    assert {line[3:] for line in status} == set(paths) and {line[1] for line in status} == {" "}
    assert not (project / placing.JOURNAL).exists()
    assert paper.group == "gaze" and paper.network == "GazeNetwork" and paper.short == "lastname2026"
    method = yaml.safe_load((project / f"lib/published/papers/{KEY}/method.yaml").read_text())
    cited = yaml.safe_load((project / "CITATION.cff").read_text())["references"][-1]
    assert method["title"] == cited["title"] == TITLE
    assert cited["authors"] == [{"family-names": "Lastname"}] and cited["year"] == 2026
    row = next(line for line in (project / "README.md").read_text().splitlines() if "lastname2026 |" in line)
    assert TITLE in row
    git(project, "reset", "--hard", "--quiet")
    assert contents(project) == before


def test_a_title_is_the_topic_in_words_without_one(project):
    paper, _ = lay_out("lastname2026-eye-gaze", "", project)
    assert (paper.title, paper.group, paper.network) == ("Eye gaze", "eyegaze", "EyeGazeNetwork")


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("", "family name and the year"),
        ("Lastname2026-gaze", "family name and the year"),
        ("lastname-gaze", "family name and the year"),
        ("lastname2026-", "family name and the year"),
        ("lastname2026-2d", "family name and the year"),
        ("lastname2026-eye_gaze", "family name and the year"),
        ("../lastname2026-gaze", "family name and the year"),
        ("lastname2026-gaze\n", "family name and the year"),
        ("lastname2026-" + 21 * "a", "at most 20 letters"),
        ("shi2020-smern", "is there already"),
        ("shi2021-gaze", "NAME=shi2021b-gaze"),
        ("lastname2026-skeletal", "taken by notebooks/skeletal"),
        ("lastname2026-audio-visual", "taken by notebooks/audiovisual"),
        ("lastname2026-found", "taken by lib/papers/found.py"),
        ("lastname2026-attention", "taken by lib/models/attention.py"),
        ("lastname2026-profile", "taken by params.yaml, profile"),
        ("lastname2026-class", "choose another topic"),
        ("lastname2026-papers", "choose another topic"),
    ],
)
def test_bad_and_taken_names_are_refused_in_a_sentence(original, key, words):
    before = contents(original)
    with pytest.raises(PaperError, match=words) as caught:
        lay_out(key, "", original)
    assert "\n" not in str(caught.value).replace(repr(key), "").replace(key, "")
    assert contents(original) == before


@pytest.mark.parametrize("title", ['say "no"', "two\nlines", 201 * "x", "<b>bold</b>", "a | b", "{{ 7 }}"])
def test_titles_that_read_otherwise_somewhere_are_refused(original, title):
    with pytest.raises(PaperError, match="TITLE: a title is one line"):
        lay_out(KEY, title, original)


@pytest.mark.parametrize("name", ["README.md", "notes.txt"])
def test_a_tree_with_changes_is_refused(project, name):
    with (project / name).open("a") as file:
        file.write("mine\n")
    before = contents(project)
    with pytest.raises(PaperError, match=rf"changes \({name}\): commit them or stash them first"):
        lay_out(KEY, "", project)
    assert contents(project) == before


def test_a_folder_without_git_is_refused(project, monkeypatch, capsys):
    shutil.rmtree(project / ".git")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(project.parent))
    monkeypatch.chdir(project)
    assert main([KEY]) == 1
    assert capsys.readouterr().err.startswith("error: git status failed: ")


def test_a_second_call_waits_for_its_turn(project):
    with placing.alone(project), pytest.raises(PaperError, match="another `make paper` runs"):
        lay_out(KEY, "", project)


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("params.yaml", "\nreplication:\n"),
        ("dvc.yaml", "\n  replication_02_verdicts:\n"),
        ("README.md", "\n| Paper |"),
        ("DATASETS.md", "\n| [iemocap]"),
        ("lib/corpora/iemocap.yaml", "\nlists: "),
    ],
)
def test_a_shared_file_of_another_form_is_named_and_nothing_is_written(project, name, line):
    text = (project / name).read_text()
    assert line in text
    (project / name).write_text(text.replace(line, line[:-2] + "~" + line[-2:], 1))
    git(project, "commit", "--quiet", "--all", "-m", "other form")
    before = contents(project)
    with pytest.raises(PaperError, match=f"^{name}"):
        lay_out(KEY, "", project)
    assert contents(project) == before


@pytest.mark.parametrize(
    ("at", "error"), [(0, OSError("disk full")), (12, KeyboardInterrupt()), (21, OSError("disk full"))]
)
def test_where_a_file_cannot_be_written_all_is_as_before(project, monkeypatch, error, at):
    before, write, calls = contents(project), files.write_text, []

    def failing(path, text):
        if len(calls) == at:
            raise error
        calls.append(path)
        write(path, text)

    monkeypatch.setattr(placing.files, "write_text", failing)
    with pytest.raises(type(error)):
        lay_out(KEY, "", project)
    assert len(calls) == at
    assert contents(project) == before and not (project / placing.JOURNAL).exists()
    assert git(project, "status", "--porcelain") == ""


def test_where_git_refuses_all_is_as_before(project, monkeypatch):
    before = contents(project)
    real = placing.git

    def refusing(root, *arguments):
        if arguments[0] == "add":
            raise PaperError("git add failed: index.lock")
        return real(root, *arguments)

    monkeypatch.setattr(placing, "git", refusing)
    with pytest.raises(PaperError, match="index"):
        lay_out(KEY, "", project)
    assert contents(project) == before and git(project, "status", "--porcelain") == ""


def killed(project, at):
    """A process lays the paper out and dies without a word before the file with this number."""
    write, calls = files.write_text, []

    def failing(path, text):
        if len(calls) == at:
            os.kill(os.getpid(), 9)
        calls.append(path)
        write(path, text)

    if process := os.fork():
        return os.WTERMSIG(os.waitpid(process, 0)[1])
    try:
        placing.files.write_text = failing
        lay_out(KEY, "", project)
    finally:
        os._exit(0)


@pytest.mark.parametrize("at", [1, 20])
def test_a_killed_call_cannot_be_committed_and_the_next_one_starts_anew(project, at, monkeypatch):
    before = contents(project)
    assert killed(project, at) == 9
    assert contents(project) != before
    monkeypatch.chdir(project)
    monkeypatch.setattr(sys, "argv", ["guard", "--staged"])
    with pytest.raises(SystemExit, match="make paper was interrupted"):
        guard.main()
    _, paths = lay_out("surname2027-touch", "", project)
    status = git(project, "status", "--porcelain", "--untracked-files=all").splitlines()
    assert {line[3:] for line in status} == set(paths)
    assert "gaze" not in git(project, "diff", "--cached")


@pytest.mark.parametrize("key", ["a1999-a", "lastname2026b-abcdefghij-klmnopqrs", "li2026-zest"])
def test_code_for_any_name_keeps_the_projects_style(project, key):
    paper, paths = lay_out(key, "", project)
    code = [path for path in paths if path.endswith((".py", ".ipynb"))]
    assert len(code) >= 9
    for words in ("check", "format --check"):
        command = [sys.executable, "-m", "ruff", *words.split(), *code]
        done = subprocess.run(command, cwd=project, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout
    known = [line for path in paths for line in (project / path).read_text().splitlines() if "<<" in line]
    assert not [line for line in known if "<<paper" in line or "<<corpus" in line]
    assert paper.group.isidentifier()


def test_two_papers_fit_beside_each_other(project):
    lay_out(KEY, "", project)
    git(project, "commit", "--quiet", "-m", "one")
    lay_out("surname2027-touch", "", project)
    entry = yaml.safe_load((project / "lib/corpora/iemocap.yaml").read_text())
    assert {"lastname2026", "surname2027"} <= set(entry["papers"]) and {"gaze", "touch"} <= set(entry["uses"])
    stages = yaml.safe_load((project / "dvc.yaml").read_text())["stages"]
    assert {"reports/gaze", "reports/touch"} <= set(stages["replication_02_verdicts"]["deps"])


def test_blocks_of_python_become_code_cells():
    text = "# Title\n\nwords\n\n## Set-up\n\n```python parameters\na = 1\n```\n\nmore\n\n```python\na\n```\n"
    cells = json.loads(layout.notebook(text))["cells"]
    assert [cell["cell_type"] for cell in cells] == ["markdown", "markdown", "code", "markdown", "code"]
    assert [cell["metadata"] for cell in cells if cell["cell_type"] == "code"] == [
        {"tags": ["parameters"]},
        {},
    ]
    assert ["".join(cell["source"]) for cell in cells] == [
        "# Title\n\nwords",
        "## Set-up",
        "a = 1",
        "more",
        "a",
    ]
    assert [cell["id"] for cell in cells] == list("01234")


def test_names_follow_from_the_key():
    paper = Paper("lastname2026b-eye-gaze", "")
    assert (paper.short, paper.family, paper.year) == ("lastname2026b", "Lastname", 2026)
    assert (paper.group, paper.network, paper.topic) == ("eyegaze", "EyeGazeNetwork", "Eye gaze")
