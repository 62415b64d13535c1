"""Every command of `lib` and `scripts` explains itself."""

import argparse
import os
import re
import runpy
import sys
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
COMMANDS = (
    "scripts.notebook",
    "scripts.add_corpus",
    "scripts.report.site",
    "scripts.audit.run",
    "scripts.card.run",
    "scripts.cluster",
    "scripts.committed",
    "scripts.progress",
    "scripts.doctor",
    "scripts.folds.run",
    "scripts.guard",
    "scripts.jupyter",
    "scripts.open_data",
    "scripts.paper.__main__",
    "scripts.paper_profile",
    "scripts.planted.expected",
    "scripts.predict.run",
    "scripts.pose_detector",
    "scripts.sample_corpora.oracle",
    "scripts.share.run",
    "scripts.sweep",
    "scripts.verify",
)
ELSEWHERE = {"scripts.sample_corpora.__main__", "scripts.mediapipe_pose"}
"""A package that is run itself, and a tool with an environment of its own."""


def test_every_command_is_listed():
    files = [path for room in ("lib", "scripts") for path in (ROOT / room).rglob("*.py")]
    found = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in files
        if '__name__ == "__main__"' in path.read_text(encoding="utf-8")
    }
    assert found == set(COMMANDS) | ELSEWHERE


def unexplained(text):
    """Flags and arguments of argparse's help that have no words beside or below them."""
    lines = [*text.splitlines(), ""]
    entries = [(line, after) for line, after in pairwise(lines) if re.match(r" {2,4}[^\s{]", line)]
    return [
        line.split()[0]
        for line, after in entries
        if not re.search(r"\S {2,}\S", line) and not re.match(r" {10,}\S", after)
    ]


def test_arguments_without_an_explanation_are_found():
    parser = argparse.ArgumentParser()
    parser.add_argument("told", help="explained")
    parser.add_argument("silent")
    parser.add_argument("--a-long-name-of-a-flag", metavar="VALUE", help="explained")
    parser.add_argument("--mute", type=int)
    assert unexplained(parser.format_help()) == ["silent", "--mute"]


@pytest.fixture
def help_of(tmp_path, monkeypatch, capsys):
    """What a command prints when it is started with arguments that end in --help, in an empty folder."""

    def shown(name, *arguments):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", [name, *arguments, "--help"])
        monkeypatch.delitem(sys.modules, name, raising=False)
        with pytest.raises(SystemExit) as ended:
            runpy.run_module(name, run_name="__main__", alter_sys=True)
        assert not ended.value.code
        return capsys.readouterr().out

    before = dict(os.environ)
    yield shown
    os.environ.clear()
    os.environ.update(before)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_prints_the_usage_and_runs_nothing(name, help_of, tmp_path):
    """In an empty folder every command that starts its work fails or leaves a file."""
    shown = help_of(name)
    assert shown.startswith(f"usage: python -m {name.removesuffix('.__main__')} ")
    assert unexplained(shown) == []
    assert list(tmp_path.iterdir()) == []


def test_help_of_a_subcommand_explains_its_flags(help_of):
    shown = help_of("scripts.notebook", "run")
    assert "-p NAME VALUE" in shown and unexplained(shown) == []
