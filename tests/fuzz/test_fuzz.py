"""Damaged files at every entry point, for half a minute; ``make fuzz`` reads many more."""

import errno
import os
import time
from random import Random

import pytest

from lib import content
from tests.fuzz.__main__ import main, numbers_of
from tests.fuzz.entries import ENTRIES
from tests.fuzz.harness import ABORT, ACCEPTED, FOREIGN, HANG, MEMORY, READ, REFUSED, Entry, run
from tests.fuzz.mutations import MUTATIONS, mutate

SECONDS = 30 / len(ENTRIES)
"""Time after which an entry point begins no further input; it has read one in any case."""


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_damage_is_refused_by_name_or_harmless(entry):
    found, until = [], float("inf")
    for number, verdict, what in run(entry, "quick", range(40)):
        found.append((number, verdict, what))
        until = min(until, time.monotonic() + SECONDS)
        if time.monotonic() > until:
            break
    assert found and [own for own in found if own[1] not in (REFUSED, READ)] == []


def test_the_same_seed_gives_the_same_damage():
    raw = bytes(range(256)) * 4
    for mutation in MUTATIONS.values():
        assert mutation(raw, Random("a")) == mutation(raw, Random("a"))
    several = {mutate(raw, Random(f"{number}"))[1] for number in range(50)}
    assert len(several) > 40 and raw not in several


def test_every_entry_point_has_its_share():
    numbers = numbers_of(1000, ENTRIES)
    assert len(numbers) == len(ENTRIES) >= 32, "a name twice, or too few entry points"
    assert 1000 <= sum(numbers.values()) < 1000 + len(ENTRIES) and min(numbers.values()) > 0


def _text(folder):
    (folder / "a.bin").write_bytes(b"12345")
    return [folder / "a.bin"]


def _reader(damaged):
    """A reader that does something else with all files but the whole one."""

    def read(folder):
        raw = (folder / "a.bin").read_bytes()
        return raw if raw == b"12345" else damaged(folder / "a.bin")

    return read


def _refuse(path):
    raise content.FileError(f"{path} is damaged")


def _nameless(path):
    raise content.FileError("a file is damaged")


def _loop(path):
    while True:
        pass


def _fill(path):
    return len(bytearray(b"1") * (300 << 20))


def _ask(path):
    with content.reading(path):
        bytearray(1 << 40)


READERS = {
    REFUSED: _refuse,
    FOREIGN: lambda path: {}["a key"],
    f"{FOREIGN}, nameless": _nameless,
    ACCEPTED: lambda path: float("nan"),
    READ: lambda path: 1.0,
    ABORT: lambda path: os.abort(),
    HANG: _loop,
    MEMORY: _fill,
    f"{MEMORY}, asked for": _ask,
}


@pytest.mark.parametrize("verdict", READERS)
def test_each_verdict_is_given(verdict, monkeypatch):
    monkeypatch.setattr("tests.fuzz.harness.MOST_SECONDS", 1.0)
    monkeypatch.setattr("tests.fuzz.harness.MOST_MEMORY", 100 << 20)
    entry = Entry("reader", _text, _reader(READERS[verdict]))
    verdicts = [given for _, given, _ in run(entry, "1", range(2))]
    assert verdicts == [verdict.partition(",")[0]] * 2


def test_the_command_prints_counts_and_fails_where_a_reader_does(monkeypatch, capsys, tmp_path):
    table = tmp_path / "fuzz.csv"
    monkeypatch.setattr("tests.fuzz.__main__.TABLE", table)
    for verdict, code in ((REFUSED, 0), (FOREIGN, 1), (ABORT, 1)):
        entry = Entry("reader", _text, _reader(READERS[verdict]))
        monkeypatch.setattr("tests.fuzz.__main__.ENTRIES", [entry])
        assert main(["--inputs", "3"]) == code
        assert f"'{verdict}': 3" in capsys.readouterr().out and not table.exists()
    monkeypatch.setattr("tests.fuzz.__main__.WHOLE", 2)
    main(["--inputs", "2"])
    assert table.read_text().splitlines()[-1] == "in all,2,0,0,0,0,2,0,0"


@pytest.mark.parametrize(
    "error", [KeyboardInterrupt(), SystemExit(1), OSError(errno.ENOSPC, "full"), OSError(errno.EIO, "io"),
              ModuleNotFoundError("h5py")],
)  # fmt: skip
def test_what_is_no_fault_of_a_file_passes(tmp_path, error):
    with pytest.raises(type(error)) as caught, content.reading(tmp_path / "a.wav"):
        raise error
    assert caught.value is error


@pytest.mark.parametrize(
    "error", [MemoryError(), RecursionError("deep"), KeyError("a"), OSError("cut off"), RuntimeError("h5")]
)
def test_whatever_damage_provokes_names_the_file_and_keeps_the_cause(tmp_path, error):
    path = tmp_path / "a.csv"
    path.write_bytes(b"")
    match = r"a\.csv is empty: copy it again"
    with pytest.raises(content.FileError, match=match) as caught, content.reading(path):
        raise error
    assert caught.value.__cause__ is error and type(error).__name__ in str(caught.value)
