"""What the tests share."""

import os
from collections.abc import Callable
from pathlib import Path

import hypothesis
import pytest

from scripts.doctor import WORKER_GB, available_memory

hypothesis.settings.register_profile("no deadline", deadline=None)  # machines differ in speed
hypothesis.settings.load_profile("no deadline")

os.environ.setdefault("OMP_NUM_THREADS", "1")  # a worker per core: more threads wait for each other

SHARED = Path(__file__).parents[1].parent / "shared" / "data"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Workers of ``-n auto``: as many as xdist starts, and no more than the memory holds."""
    from xdist.plugin import pytest_xdist_auto_num_workers as one_per_core

    memory = available_memory()
    room = one_per_core(config) if memory is None else int(memory / (WORKER_GB * 1e9))
    return max(1, min(one_per_core(config), room))


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Tests of a file go to one worker, which builds their fixtures once."""
    if getattr(config.option, "numprocesses", None) and config.option.dist == "no":
        config.option.dist = "loadscope"


@pytest.fixture
def shared_data() -> Callable[[str], Path]:
    """Folder of a real open corpus beside the project; skips where there is none."""

    def find(name: str) -> Path:
        if not (SHARED / name).is_dir():
            pytest.skip(f"no folder shared/data/{name} beside the project")
        return SHARED / name

    return find
