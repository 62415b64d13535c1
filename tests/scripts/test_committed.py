import json
import subprocess

import pytest

from scripts import committed

TABLE = "name,score,code\na,0.5,x\nb,0.25,x\n"
RESULT = json.dumps({"code_version": "x", "values": {"a": {"score": 0.5}, "words": ["p"]}})


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "reports/skeletal/02_training/iemocap"
    (folder / "tables").mkdir(parents=True)
    (folder / "tables/scores.csv").write_text(TABLE)
    (folder / "metrics.json").write_text(RESULT)
    for command in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "results"],
    ):
        subprocess.run(["git", "-C", tmp_path, *command], check=True)
    return tmp_path


def scores(project):
    return project / "reports/skeletal/02_training/iemocap/tables/scores.csv"


def test_equal_results_are_counted(project):
    assert committed.compare(project) == committed.Comparison(2, [], [], [])


def test_a_change_is_named_with_its_size(project):
    scores(project).write_text(TABLE.replace("0.25", "0.24"))
    found = committed.compare(project)
    (change,) = found.changed
    assert (found.equal, change.cells) == (1, 1) and change.largest == pytest.approx(0.04)
    assert "scores.csv: 1 values, by up to 0.04" in str(found)
    assert "1 tables equal, 1 differ, 0 new, 0 missing" in str(found)


def test_other_code_is_no_other_result(project):
    scores(project).write_text(TABLE.replace(",x", ",y"))
    result = project / "reports/skeletal/02_training/iemocap/metrics.json"
    result.write_text(RESULT.replace('"x"', '"y"'))
    assert not committed.compare(project).changed


@pytest.mark.parametrize("text", [TABLE.replace("b,", "c,"), TABLE.replace("0.25", "nan"), TABLE + "c,1,x\n"])
def test_words_and_rows_count_too(project, text):
    scores(project).write_text(text)
    (change,) = committed.compare(project).changed
    assert change.largest is None and "words or rows differ" in str(change)


def test_a_leaf_of_a_document_may_change(project):
    result = project / "reports/skeletal/02_training/iemocap/metrics.json"
    result.write_text(RESULT.replace("0.5", "0.75"))
    (change,) = committed.compare(project).changed
    assert change.largest == pytest.approx(1 / 3)


def test_new_and_missing_tables_are_named(project):
    scores(project).rename(scores(project).with_name("other.csv"))
    (project / "reports/site").mkdir()
    (project / "reports/site/a.csv").write_text(TABLE)  # the site is built, not committed
    found = committed.compare(project)
    assert [path.rsplit("/", 1)[1] for path in (*found.new, *found.gone)] == [
        "other.csv",
        "scores.csv",
    ]
    assert "not committed" in str(found) and "committed, but not here" in str(found)


def test_without_git_it_says_so(tmp_path, monkeypatch, capsys):
    (tmp_path / "reports").mkdir()
    monkeypatch.setattr(committed, "project_root", lambda: tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.setattr("sys.argv", ["committed"])
    committed.main()
    assert "not compared with the committed results" in capsys.readouterr().out
