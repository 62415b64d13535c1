"""Which stage of how many a regeneration is at, and how long the rest may take."""

import stat
import sys

import pandas as pd
import pytest

from scripts import progress

DVC = """#!{}
import sys
print("Stage 'data.dvc' didn't change, skipping")
print("Running stage 'published_01_audit':")
print("> python -m scripts.notebook run published/01_audit")
print("Stage 'skeletal_01_extraction@iemocap' is cached - skipping run, checking out outputs")
print("not a Running stage 'x':")
sys.exit(int(sys.argv[1]))
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project with a stand-in for DVC, results of the audit and no durations."""
    names = ["published_01_audit", *(f"skeletal_0{n}_x@iemocap" for n in range(2, 5))]
    monkeypatch.setattr(progress, "stage_names", lambda: [*names, "skeletal_01_extraction@iemocap"])
    monkeypatch.setattr(progress, "project_path", lambda path: tmp_path / path)
    (tmp_path / ".dvc/tmp").mkdir(parents=True)
    (tmp_path / "reports/published/01_audit/tables").mkdir(parents=True)
    table = pd.DataFrame({"question": ["Is it?"], "answer": ["no"]})
    table.to_csv(tmp_path / "reports/published/01_audit/tables/findings.csv", index=False)
    program = tmp_path / "dvc"
    program.write_text(DVC.format(sys.executable))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return tmp_path


@pytest.mark.parametrize("status", [0, 3])
def test_lines_come_through_with_messages_and_the_exit_status(project, status, capfd):
    assert progress.run([str(project / "dvc"), str(status)]) == status
    lines = capfd.readouterr().out.splitlines()
    assert lines[lines.index("Running stage 'published_01_audit':") + 1] == (
        "stage 1 of 5 (published_01_audit)"
    )
    assert "stage 2 of 5 (skeletal_01_extraction@iemocap)" in lines
    (told,) = [line for line in lines if "can be read already" in line]
    assert lines.index(told) < lines.index("stage 2 of 5 (skeletal_01_extraction@iemocap)")
    page = (project / progress.AUDIT_PAGE).read_text(encoding="utf-8")
    assert told.endswith(str(project / progress.AUDIT_PAGE)) and "<td>Is it?</td>" in page


def test_chains_share_what_they_have_reached(project):
    (project / progress.SEEN).write_text("skeletal_02_x@iemocap\n")
    assert progress.reach("published_01_audit").startswith("stage 2 of 5")
    (project / progress.DURATIONS).parent.mkdir()
    (project / progress.DURATIONS).write_text("skeletal_03_x@iemocap,600.0\nskeletal_04_x@iemocap,1200.0\n")
    assert progress.reach("skeletal_01_extraction@iemocap").endswith("up to 22 min left")


def test_time_left():
    assert progress.time_left(["a", "b"], {"a": 60.0, "b": 180.0}, 5, 0) == 120
    assert progress.time_left(["a"], {}, 30, 2) is None
    assert progress.time_left(["a", "b"], {}, 30, 3) == 20


def test_frozen_stages_do_not_count():
    names = progress.stage_names()
    assert "published_01_audit" in names and "skeletal_02_training@iemocap" in names
    assert not any("negative_controls" in name or "04_power" in name for name in names)
