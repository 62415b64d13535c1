import os
import subprocess
import sys
import warnings

import pytest

from lib import processor
from lib.project import project_path
from tests import processors

ODD = {
    "ATEN_CPU_CAPABILITY": "default",
    "ONEDNN_MAX_CPU_ISA": "SSE41",
    "OPENBLAS_CORETYPE": "Nehalem",
    "MKL_CBWR": "SSE4_2",
    "OMP_NUM_THREADS": "2",
}
"""What a user's shell may hold."""


def printed(environment, *arguments):
    command = [sys.executable, "-m", "tests.processors", *arguments]
    clean = {name: value for name, value in os.environ.items() if name not in processor.ENVIRONMENT}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=clean | environment)
    return dict(line.split(",")[1:] for line in done.stdout.splitlines())


def test_pin_replaces_what_is_there():
    environment = dict(ODD)
    processor.pin(environment)
    assert environment == processor.ENVIRONMENT


def test_other_values_are_named(monkeypatch):
    for name, value in processor.ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    assert processor.unpinned() == []
    monkeypatch.setenv("MKL_CBWR", "AUTO")
    monkeypatch.delenv("OMP_NUM_THREADS")
    assert processor.unpinned() == ["MKL_CBWR", "OMP_NUM_THREADS"]


@pytest.mark.parametrize("few", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_this_processor_computes_what_all_others_compute(few):
    """A computation that one maker's processors alone have done may differ on another's: it warns."""
    known = processors.rows(project_path(processors.PATH))
    own, proven = printed(ODD, *["--few"] * few), processors.proven(known)
    names = {row["computation"] for row in known}
    assert names == own.keys() or (few and len(own) == 2 + processors.FEW and own.keys() < names)
    known = [row for row in known if row["computation"] in own]
    differ = [row for row in known if own[row["computation"]] != row["digest"]]
    words = f"{processors.kind()} computes other bytes than {differ}"
    assert not [row for row in differ if row["computation"] in proven], words
    if differ:
        warnings.warn(words, stacklevel=1)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["ATEN_CPU_CAPABILITY", "ONEDNN_MAX_CPU_ISA"])
def test_a_pin_is_needed(name, monkeypatch):
    """With other instructions of the same processor the digests change."""
    code = (
        "from lib import processor; import os; processor.pin(); "
        f"os.environ[{name!r}] = {ODD[name]!r}; processor.ENVIRONMENT[{name!r}] = {ODD[name]!r}; "
        "from tests import processors; processors.main([])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    other = dict(line.split(",")[1:] for line in done.stdout.splitlines())
    assert other != printed({})
