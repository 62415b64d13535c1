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
import sys, time
from pathlib import Path
import pandas as pd
from lib.runs import phases, store
from lib.runs.cluster import connect, shared_cluster
from lib.splits import schemes

def planned(seconds, experiment):
    table = pd.DataFrame({"sample_id": [f"u{i}" for i in range(60)], "label": ["a", "b"] * 30})
    drawn = schemes.make("mdre_blocks", table, 5, 8, 1)
    work = phases.Experiment("lib.probe:work", {"seconds": seconds}, [])
    return phases.plan(experiment, work, "c", drawn, 3)

if __name__ == "__main__":
    with shared_cluster(), connect() as client:
        client.wait_for_workers(2)
        store.execute(planned(0, "warm"), Path("runs"))
        start = time.perf_counter()
        store.execute(planned(0.0, "empty"), Path("runs"))
        print("per run", 1000 * (time.perf_counter() - start) / 40)
        start = time.perf_counter()
        store.execute(planned(0.5, "busy"), Path("runs"))
        print("speed-up", 40 * 0.5 / (time.perf_counter() - start))
        start = time.perf_counter()
        store.execute(planned(0.5, "busy"), Path("runs"))
        print("finished before", 1000 * (time.perf_counter() - start) / 40)
"""


@pytest.mark.slow
def test_overhead_and_speed_up(tmp_path, capsys):
    shutil.copytree(ROOT / "lib", tmp_path / "lib", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "lib" / "probe.py").write_text(PROBE)
    (tmp_path / "driver.py").write_text(DRIVER)
    done = subprocess.run(
        [sys.executable, "driver.py"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    values = {
        name: float(value) for name, value in (x.rsplit(" ", 1) for x in done.stdout.splitlines())
    }
    with capsys.disabled():
        print(f"\nengine: {values['per run']:.0f} ms a run, {values['finished before']:.1f} ms a "
              f"finished run, speed-up on 2 workers {values['speed-up']:.2f}")  # fmt: skip
    assert values["speed-up"] > 1
