import dataclasses
import json
from multiprocessing import get_context
from pathlib import Path

import pandas as pd
import pytest
from distributed import LocalCluster

from lib.runs import phases, store
from lib.runs.phases import Experiment
from lib.splits.schemes import make

ROOT = Path(__file__).parents[2]
WORK = "lib.evaluation.predictions:store"  # any module; tests replace the function


def plan(name, splits, settings, work=WORK):
    return phases.plan(name, Experiment(work, settings, []), "c", splits, 3)


@pytest.fixture
def planned(tmp_path):
    table = pd.DataFrame({"sample_id": [f"u{i}" for i in range(60)], "label": ["a", "b"] * 30})
    return plan("e", make("mdre_blocks", table, 5, 2, 1), {"x": 1})


def changed(run, **changes):
    return dataclasses.replace(run, **changes)


def test_keys_follow_everything_that_decides_a_result(planned):
    run = planned[0]
    others = [
        changed(run, seed=run.seed + 1),
        changed(run, settings={"x": 2}),
        changed(run, data={"f": "0"}),
        changed(run, code="other"),
        changed(run, split=planned[1].split),
        changed(run, experiment="f"),
    ]
    assert len({run.key, *(other.key for other in others)}) == 7
    assert changed(run).key == run.key


def test_seeds_are_paired_over_experiments_and_differ_over_folds(planned):
    again = plan("other", [run.split for run in planned], {})
    assert [run.seed for run in planned] == [run.seed for run in again]
    assert len({run.seed for run in planned}) == len(planned)


def install(monkeypatch, function):
    import lib.evaluation.predictions

    monkeypatch.setattr(lib.evaluation.predictions, "store", function)


def test_a_run_appears_whole_or_not_at_all(planned, tmp_path, monkeypatch):
    def broken(run, folder, checkpoint):
        (folder / "half.txt").write_text("half")
        raise ValueError("no")

    install(monkeypatch, broken)
    with pytest.raises(ValueError, match="no"):
        store.carry_out(planned[0], str(tmp_path))
    assert list(tmp_path.iterdir()) == []

    def works(run, folder, checkpoint):
        (folder / "result.txt").write_text(str(run.seed))

    install(monkeypatch, works)
    store.carry_out(planned[0], str(tmp_path))
    assert store.finished(planned[0], tmp_path)
    facts = json.loads((tmp_path / planned[0].key / "done.json").read_text())
    assert facts["seed"] == planned[0].seed
    install(monkeypatch, broken)
    store.carry_out(planned[0], str(tmp_path))  # finished: not repeated


def test_other_code_is_refused(planned, tmp_path):
    with pytest.raises(store.RunError, match="restart the workers"):
        store.carry_out(changed(planned[0], code="old"), str(tmp_path))


PROBE = '''
"""Work for the tests of the engine."""
import os, time
from pathlib import Path

def work(run, folder, checkpoint):
    log = Path(run.settings["log"])
    with log.open("a") as file:
        file.write(f"{run.split.fold} {os.getpid()}\\n")
    time.sleep(run.settings["seconds"])
    if run.split.fold == run.settings.get("bad"):
        raise ValueError("fold is bad")
    (folder / "result.txt").write_text(str(run.seed))
'''


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project with one module of work, for real worker processes."""
    package = tmp_path / "lib"
    package.symlink_to(ROOT / "lib")
    (tmp_path / "probe.py").write_text(PROBE)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return tmp_path


def probe_runs(project, monkeypatch, **settings):
    for module in (phases, store):
        monkeypatch.setattr(module, "code_version", lambda module, models: "probe")
    table = pd.DataFrame({"sample_id": [f"u{i}" for i in range(60)], "label": ["a", "b"] * 30})
    values = {"log": str(project / "log.txt"), "seconds": 0.0} | settings
    return plan("e", make("mdre_blocks", table, 5, 1, 1), values, "probe:work")


@pytest.fixture
def threads(monkeypatch):
    """A cluster inside this process, so that replaced functions are seen by its workers."""
    with LocalCluster(n_workers=1, processes=False, dashboard_address=None) as cluster:
        monkeypatch.setenv("DASK_SCHEDULER", cluster.scheduler_address)
        yield cluster


def test_failures_stay_with_their_run_and_finished_runs_are_kept(project, threads, monkeypatch):
    folder = project / "runs"
    bad = probe_runs(project, monkeypatch, bad=2)
    with pytest.raises(store.RunError, match=r"1 of 5 runs failed:\n.*fold 2.*fold is bad"):
        store.execute(bad, folder)
    assert sum(store.finished(run, folder) for run in bad) == 4
    with pytest.raises(store.RunError):
        store.execute(bad, folder)
    log = (project / "log.txt").read_text().splitlines()
    assert len(log) == 5 + 1  # only the failed one was tried again


def test_finished_runs_need_no_cluster(project, threads, monkeypatch):
    planned = probe_runs(project, monkeypatch)
    folders = store.execute(planned, project / "runs")
    monkeypatch.setenv("DASK_SCHEDULER", "tcp://127.0.0.1:1")
    assert store.execute(planned, project / "runs") == folders
    assert [(folder / "result.txt").read_text() for folder in folders] == [str(run.seed) for run in planned]


def test_processes_that_write_the_same_run_at_once(planned, tmp_path, monkeypatch):
    folder, run = tmp_path / "runs", planned[0]
    barrier = get_context("fork").Barrier(4)

    def met(run, folder, checkpoint):
        (folder / "content.txt").write_text(f"{run.seed}")
        barrier.wait(60)  # all four processes are at work on the run

    install(monkeypatch, met)

    def write():
        store.carry_out(run, str(folder))

    processes = [get_context("fork").Process(target=write) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * 4
    assert [path.name for path in folder.iterdir()] == [run.key]
    assert store.finished(run, folder)
    assert (folder / run.key / "content.txt").read_text() == f"{run.seed}"


def test_other_models_are_other_runs(planned):
    split, work = [planned[0].split], "lib.papers.skeletal.training:train"
    made = {
        models: phases.plan("e", Experiment(work, {}, [], models), "c", split, 3)[0].key
        for models in ((), ("mocap.MoCapNetwork",), ("skeletal.SMACN",))
    }
    assert len(set(made.values())) == 3


def flipped(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


DAMAGE = {
    "result.txt is damaged": lambda folder: flipped(folder / "result.txt"),
    "result.txt is missing": lambda folder: (folder / "result.txt").unlink(),
    "stranger is in no list": lambda folder: (folder / "stranger").touch(),
    "does not list the files": lambda folder: (folder / "done.json").write_text("{}"),
    "no done.json": lambda folder: (folder / "done.json").unlink(),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_a_damaged_run_is_named_set_aside_and_done_again(what, project, threads, monkeypatch):
    planned = probe_runs(project, monkeypatch)[:2]
    folders = store.execute(planned, project / "runs")
    before = [(folder / "result.txt").read_bytes() for folder in folders]
    DAMAGE[what](folders[0])
    with pytest.warns(store.DamageWarning, match=f"fold 0: .*{what}.* set aside as .*damaged-1"):
        assert store.execute(planned, project / "runs") == folders
    assert [(folder / "result.txt").read_bytes() for folder in folders] == before
    assert [store.damage(folder) for folder in folders] == [[], []]
    names = {path.name for path in (project / "runs").iterdir()}
    assert names == {*(folder.name for folder in folders), f"{folders[0].name}.damaged-1"}
    assert len((project / "log.txt").read_text().splitlines()) == 3  # the whole one is not repeated
