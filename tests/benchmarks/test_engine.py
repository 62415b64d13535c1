"""Cost of the engine per run, and how well two workers share the work, in one run each."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

PROBE = '''
"""Work of a known length on one core."""
import time


def work(run, folder, checkpoint):
    end = time.process_time() + run.settings["seconds"]
    while time.process_time() < end:
        sum(range(1000))
    (folder / "result.txt").write_text("done")
'''

DRIVER = """
import time
from pathlib import Path

import pandas as pd

from lib.probe import work
from lib.runs import phases, store
from lib.runs.cluster import connect
from lib.splits import schemes
from scripts.cluster import shared_cluster

SECONDS, REPEATS = 0.2, 8


def planned(seconds, experiment):
    table = pd.DataFrame({"sample_id": [f"u{i}" for i in range(60)], "label": ["a", "b"] * 30})
    drawn = schemes.make("mdre_blocks", table, 5, REPEATS, 1)
    work = phases.Experiment("lib.probe:work", {"seconds": seconds}, [])
    return phases.plan(experiment, work, "c", drawn, 3)


def timed(function):
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def plain(todo):
    folder = Path("plain")
    folder.mkdir()
    for run in todo:
        work(run, folder, None)


if __name__ == "__main__":
    folder = Path("runs")
    with shared_cluster(), connect() as client:
        client.wait_for_workers(2)
        store.execute(planned(0, "warm"), folder)
        busy = planned(SECONDS, "busy")
        print("loop", timed(lambda: plain(busy)))
        print("engine", timed(lambda: store.execute(busy, folder)))
        print("empty", timed(lambda: store.execute(planned(0.0, "empty"), folder)))
        print("finished", timed(lambda: store.execute(busy, folder)))
"""


@pytest.mark.slow
def test_overhead_and_speed_up(tmp_path, capsys):
    """Forty runs against a loop over the same work: how the cores are shared, what a run costs."""
    shutil.copytree(ROOT / "lib", tmp_path / "lib", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "cluster.py", tmp_path / "scripts")
    (tmp_path / "lib" / "probe.py").write_text(PROBE)
    (tmp_path / "driver.py").write_text(DRIVER)
    done = subprocess.run(
        [sys.executable, "driver.py"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    lines = (line.rsplit(" ", 1) for line in done.stdout.splitlines())
    seconds = {name: float(value) for name, value in lines}
    speed_up = seconds["loop"] / seconds["engine"]
    overhead, known = (seconds[name] / seconds["loop"] for name in ("empty", "finished"))
    with capsys.disabled():
        print(
            f"\nengine: {speed_up:.2f} times a loop over the same runs; runs without work take "
            f"{overhead:.1%} of the loop's time, finished runs {known:.2%}"
        )
    assert speed_up > 1
