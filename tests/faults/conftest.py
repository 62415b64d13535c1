"""A project with three small stages, finished once; the table of faults at the end."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from lib.files import written
from tests.faults.processes import Project, ended, run_all, wait_for

TABLE = Path(__file__).parents[2] / "reports" / "faults.csv"


def pytest_terminal_summary(terminalreporter):
    """One line a fault: what happened, to what, and how it went."""
    reports = [
        report
        for outcome in ("passed", "failed", "error", "skipped")
        for report in terminalreporter.getreports(outcome)
        if "tests/faults" in report.nodeid and (report.when == "call" or outcome != "passed")
    ]
    if not reports:
        return
    terminalreporter.section("faults")
    rows = []
    for report in reports:
        test, _, given = report.nodeid.rpartition("::test_")[2].partition("[")
        fault, _, kind = given.rstrip("]").rpartition("-")
        words = " ".join(filter(None, (test.replace("_", " "), fault)))
        terminalreporter.write_line(f"{words:32}{kind:26}{report.outcome}")
        rows.append((words, kind, "survived" if report.outcome == "passed" else report.outcome))
    asked = terminalreporter.config
    if asked.args == ["tests/faults"] and not asked.option.keyword:  # all of them: ``make faults``
        with written(TABLE) as own:
            pd.DataFrame(rows, columns=["fault", "stage", "outcome"]).to_csv(own, index=False)
    survived = sum(report.outcome == "passed" for report in reports)
    terminalreporter.write_line(f"{survived} of {len(reports)} faults survived")


@pytest.fixture(scope="session")
def project(tmp_path_factory):
    """The project, with a scheduler and a worker that tests share (`address`)."""
    made = Project(tmp_path_factory.mktemp("project"))
    known = made.folder / "scheduler.json"
    quiet = ("--host", "127.0.0.1", "--port", 0, "--no-dashboard")
    made.start("-m", "distributed.cli.dask_scheduler", *quiet, "--scheduler-file", known)
    made.address = wait_for(lambda: known.is_file() and json.loads(known.read_text() or "{}").get("address"))
    options = ("--nthreads", 1, "--no-nanny", "--no-dashboard")
    made.start("-m", "distributed.cli.dask_worker", made.address, *options)
    yield made
    made.end()


@pytest.fixture(scope="session")
def complete(project, tmp_path_factory):
    """A folder in which every stage has ended, and one whose trainings stopped after two epochs."""
    folder = tmp_path_factory.mktemp("complete") / "home"
    stopped = folder.with_name("stopped")
    folder.mkdir()
    status, told = ended(project.stage("extraction", folder))
    assert status == 0, told
    shutil.copytree(folder, stopped)
    status, told = ended(project.stage("training", stopped, FAULTS_EPOCHS="2"))
    assert status and told.count("stopped") >= 6, told
    assert len(list((stopped / "runs").iterdir())) == 6
    run_all(project, folder)
    return folder


@pytest.fixture
def home(complete, tmp_path, project):
    """A copy of the finished folder; processes of the test end with it."""
    folder = tmp_path / "home"
    shutil.copytree(complete, folder)
    before = len(project.started)
    yield folder
    project.end(before)
