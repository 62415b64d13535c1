"""Stages and the report read only what differs in nothing from what DVC recorded."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from scripts import notebook, recorded, repair, verify
from scripts.report import site

FIRST, SECOND = "skeletal_01_extraction@iemocap", "skeletal_02_training@iemocap"
INPUTS = "outputs/skeletal/01_extraction/iemocap"
TABLES = "reports/skeletal/02_training/iemocap/tables"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project with outputs of two stages, and data."""
    monkeypatch.setattr(recorded, "WAITS", (0.001, 0.0))
    for path in (f"{INPUTS}/samples.parquet", f"{TABLES}/a.csv", f"{TABLES}/b.csv", "data/rml/a.avi"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(path.encode())
    outs = {FIRST: INPUTS, SECOND: TABLES}
    stages = {
        stage: {"outs": [{"path": path, "md5": repair.name_of(tmp_path / path)}]}
        for stage, path in outs.items()
    }
    (tmp_path / "dvc.lock").write_text(yaml.safe_dump({"schema": "2.0", "stages": stages}))
    data = [{"path": "data", "md5": repair.name_of(tmp_path / "data")}]
    (tmp_path / "data.dvc").write_text(yaml.safe_dump({"outs": data}))
    return tmp_path


def decay(path):
    """Flip a bit; the time of change stays, as where a disk decays."""
    before = path.stat()
    content = bytearray(path.read_bytes())
    content[0] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize("part", [INPUTS, f"{INPUTS}/samples.parquet", "outputs", "outputs/skeletal"])
def test_a_damaged_input_is_named_with_its_stage(project, part):
    recorded.check(project, [part])
    decay(project / INPUTS / "samples.parquet")
    with pytest.raises(recorded.RecordError, match=rf"^{INPUTS} \(of {FIRST}\): .*REPAIR=1.*{FIRST}`"):
        recorded.check(project, [part])
    recorded.check(project, ["reports"])


def test_data_and_what_no_stage_wrote_are_not_read(project):
    decay(project / "data/rml/a.avi")
    (project / "outputs/mine.csv").write_text("mine")
    recorded.check(project, ["data", "outputs"])


@pytest.mark.parametrize("change", ["missing", "more"])
def test_files_that_are_missing_or_new_count_too(project, change):
    if change == "missing":
        (project / TABLES / "a.csv").unlink()
    else:
        (project / TABLES / "c.csv").write_text("c")
    with pytest.raises(recorded.RecordError, match=f"{TABLES} "):
        recorded.check(project, [TABLES])


def test_a_record_that_is_being_written_is_read_again(project, monkeypatch):
    path = project / "dvc.lock"
    whole = path.read_text()
    path.write_text(whole[: whole.index("md5") + 9])
    monkeypatch.setattr(recorded.time, "sleep", lambda wait: path.write_text(whole))
    recorded.check(project, ["reports", "outputs"])


@pytest.mark.parametrize(
    "text", ["stages: [", "\0", "- a\n", "stages: {a: {outs: [{path: b}]}}", "stages: [a]"]
)
@pytest.mark.parametrize("name", ["dvc.lock", "data.dvc"])
def test_a_damaged_record_is_a_sentence(project, name, text, monkeypatch, capsys):
    (project / name).write_text(text if name == "dvc.lock" else text.replace("stages", "outs"))
    monkeypatch.setattr(verify, "project_path", lambda _: project)
    monkeypatch.setattr(sys, "argv", ["verify"])
    with pytest.raises(SystemExit, match=rf"{name}.* damaged: .*git") as ended:
        verify.main()
    assert "\n" not in str(ended.value)


def test_a_stage_does_not_run_on_a_damaged_input(project, monkeypatch):
    monkeypatch.setattr(notebook, "project_path", lambda path: project / path)
    monkeypatch.setattr(notebook, "parameter_names", lambda path: ["corpus"])
    monkeypatch.setattr(notebook, "execute", lambda *given: pytest.fail("it ran"))
    decay(project / INPUTS / "samples.parquet")
    with pytest.raises(SystemExit, match=rf"^{SECOND}: {INPUTS} \(of {FIRST}\): "):
        notebook.main(["run", "skeletal/02_training", "-p", "corpus", "iemocap"])


def test_the_report_shows_no_damaged_table(project, monkeypatch):
    monkeypatch.setattr(site, "project_path", lambda path: project / path)
    monkeypatch.setattr(site, "all_results", lambda folder: [object()])
    decay(project / TABLES / "b.csv")
    with pytest.raises(recorded.RecordError, match=re.escape(f"{TABLES} (of {SECOND})")):
        site.build()


@pytest.mark.slow
def test_a_decayed_table_of_the_project_stops_the_report(tmp_path):
    """In a copy of the committed results."""
    copy = tmp_path / "project"
    shutil.copytree(ROOT / "reports", copy / "reports", ignore=shutil.ignore_patterns("site"))
    for name in ("dvc.lock", "dvc.yaml", "params.yaml", "pyproject.toml", "data.dvc"):
        shutil.copyfile(ROOT / name, copy / name)
    for name in ("lib", "scripts", "notebooks", "profiles"):
        (copy / name).symlink_to(ROOT / name)
    table = copy / "reports/skeletal/02_training/iemocap/tables/scores.csv"
    decay(table)
    done = subprocess.run(
        [sys.executable, "-m", "scripts.report.site"],
        cwd=copy, env=os.environ | {"PYTHONPATH": str(copy)}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 1
    assert "tables (of skeletal_02_training@iemocap)" in done.stderr, done.stderr
