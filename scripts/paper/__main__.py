"""Lay out a new paper from a template that runs: ``make paper NAME=lastname2026-topic [TITLE=...]``.

The paper gets two notebooks with their stages and parameters, a network, the module behind the
notebooks, a protocol, empty tables of printed numbers and claims, tests, and its lines in the files that
all papers share. Its page in the report follows from these.
"""

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from lib.params import project_path
from scripts.paper.layout import CORPUS, changed_files, new_files
from scripts.paper.naming import Paper, PaperError
from scripts.paper.placing import alone, place, recover, require_clean

NEXT = """\
Everything is in git's index (git diff --cached); `git reset --hard` undoes it. Next:
  dvc repro {group}_02_training@{corpus}      # runs both notebooks on the sample
  pytest tests/papers/test_{group}.py
  make lint
Then replace the template's parts by the paper's (CONTRIBUTING.md, "Add a paper")."""


def lay_out(name: str, title: str, root: Path) -> tuple[Paper, list[str]]:
    """Write everything that a new paper needs into the project at `root`; the paths of all files.

    Raises
    ------
    PaperError
        If the name, the title or the tree does not allow it; nothing is changed.
    """
    with alone(root):
        if recover(root):
            print("what an interrupted make paper had written is removed", file=sys.stderr)
        paper = Paper.of(name, title, root)
        require_clean(root)
        new, changed = new_files(paper, root), changed_files(paper, root)
        place(root, new, changed)
    return paper, [*new, *changed]


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    about, _, more = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser("python -m scripts.paper", None, about, more)
    parser.add_argument("name", metavar="NAME", nargs="?", default="", help="such as lastname2026-gaze")
    parser.add_argument("--title", default="", help="title of the paper; by default its topic")
    options = parser.parse_args(arguments)
    try:
        paper, paths = lay_out(options.name, options.title, project_path("."))
    except (PaperError, OSError, subprocess.SubprocessError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print("\n".join(sorted(paths)))
    print(NEXT.format(group=paper.group, corpus=CORPUS))
    return 0


if __name__ == "__main__":
    sys.exit(main())
