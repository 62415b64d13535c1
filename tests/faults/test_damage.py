"""A bit that flips, a file that is cut off or gone: it is named, set aside and made again."""

import shutil
from pathlib import Path

import pytest

from tests.faults.processes import check, run_all, times

pytestmark = pytest.mark.slow


def flipped(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def truncated(path):
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)


DAMAGE = {"flipped bit": flipped, "truncated file": truncated, "deleted file": Path.unlink}
STORED = {
    "feature store": "features.arrow",
    "predictions of a run": "runs/*/predictions.parquet",
    "weights of a run": "runs/*/model.safetensors",
    "history of a run": "runs/*/history.json",
    "list of a run": "runs/*/done.json",
    "checkpoint": "runs/*.checkpoint",
    "table of predictions": "results/predictions.parquet",
    "metrics": "results/metrics.json",
}


@pytest.mark.parametrize("kind", STORED)
@pytest.mark.parametrize("fault", DAMAGE)
def test_damage(fault, kind, home, complete, project):
    if kind == "checkpoint":
        shutil.rmtree(home)
        shutil.copytree(complete.with_name("stopped"), home)
    path = sorted(home.glob(STORED[kind]))[0]
    unit = path.parent if path.parent.parent.name == "runs" else path
    DAMAGE[fault](path)
    others = {
        file: when
        for file, when in times(home).items()
        if not file.is_relative_to(unit) and "results" not in file.parts and kind != "checkpoint"
    }
    told = run_all(project, home)
    check(home, complete, others)
    aside = [found.name for found in home.rglob("*.damaged-1")]
    if kind in ("table of predictions", "metrics") or (fault == "deleted file" and unit == path):
        assert aside == []  # results are written again in any case
    elif kind == "checkpoint":
        assert aside == []  # it is removed
    else:
        assert aside == [f"{unit.name}.damaged-1"] and aside[0] in told
