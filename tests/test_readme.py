"""README's examples of the library, which need nothing of each other."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import yaml

ROOT = Path(__file__).parents[1]
EXAMPLES = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.S)


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_an_example_names_all_that_it_uses(number, tmp_path, monkeypatch):
    """Tensors have shapes alone where that is enough, so that networks of the papers' sizes cost nothing."""
    monkeypatch.chdir(tmp_path)
    try:
        with torch.device("meta"):
            run(EXAMPLES[number])
    except (RuntimeError, TypeError):  # values are needed
        run(EXAMPLES[number])


def run(text):
    exec(compile(text, "README.md", "exec"), {"__name__": "__main__"})


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_an_example_runs_in_an_interpreter_of_its_own(number, tmp_path):
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", EXAMPLES[number]]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_there_are_examples():
    assert EXAMPLES


def test_every_cited_paper_is_named_with_title_and_year():
    text = (ROOT / "README.md").read_text("utf-8")
    for cited in yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))["references"]:
        [row] = [line for line in text.splitlines() if line.startswith("|") and f"*{cited['title']}*" in line]
        assert str(cited["year"]) in row and cited.get("doi", "") in row
        assert all(author["family-names"] in row for author in cited["authors"])
