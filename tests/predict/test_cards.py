"""Cards: written by the command, loaded by three lines, and refused where they were changed."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from lib.papers.skeletal import runs as skeletal
from lib.runs.source import ROOT
from scripts.predict import cards
from scripts.predict.models import ModelError, load
from tests.papers import test_skeletal_training
from tests.papers.test_skeletal_training import project as skeletons  # noqa: F401
from tests.predict.test_networks import predicted

RECORD = {
    "paper": "skeletal",
    "experiment": "MDRE",
    "corpus": "iemocap",
    "code": "0" * 16,
    "seed": 1,
    "settings": {"model": {"model": "speech_text.MDRE"}, "classes": ["glad", "sad"]},
    "features": {"marker": "synthetic sample"},
    "groups": {"train": 8, "dev": 2, "test": 2, "shared": 0},
    "split": {"scheme": "stratified_kfold", "repeat": 0, "fold": 1},
    "calibration": {"level": 0.9, "samples": 20, "limits": {"glad": 0.5, "sad": None}},
    "fitted": {"tokens": ["well", "then"], "mean": [0.25, -1.5e-7]},
    "scores": {},
}


def small_card(folder, **changed):
    """A card with a few weights, and a network from 2D to 3D joints."""
    torch.manual_seed(0)
    for name in ("model", "lifter"):
        save_file({"weight": torch.randn(4, 3)}, folder / f"{name}.safetensors")
    record = {name: own for name, own in (RECORD | changed).items() if own is not None}
    cards.write(record, folder)
    (folder / "README.md").write_text("# A card\n", encoding="utf-8")
    return folder


def edited(name, value):
    def change(folder):
        record = json.loads((folder / cards.CARD).read_text())
        record[name] = value
        (folder / cards.CARD).write_text(json.dumps(record))

    return change


def unlisted(folder):
    record = json.loads((folder / cards.CARD).read_text())
    del record[cards.FILES]["lifter.safetensors"]
    (folder / cards.CARD).write_text(json.dumps(record | {cards.DIGEST: cards.digest(record)}))


def elsewhere(folder):
    record = json.loads((folder / cards.CARD).read_text())
    record[cards.FILES]["../other"] = "0" * 64
    (folder / cards.CARD).write_text(json.dumps(record | {cards.DIGEST: cards.digest(record)}))


CHANGES = {
    "weights": (
        lambda folder: (folder / "model.safetensors").write_bytes(b"broken"),
        "model.safetensors differs",
    ),
    "the lifter": (
        lambda folder: (folder / "lifter.safetensors").write_bytes(b"broken"),
        "lifter.safetensors differs",
    ),
    "no weights": (lambda folder: (folder / "model.safetensors").unlink(), "model.safetensors is missing"),
    "other weights": (lambda folder: (folder / "more.safetensors").touch(), "more.safetensors is in no list"),
    "means": (edited("fitted", {"tokens": ["well", "then"], "mean": [0.5, 0]}), "differs from its digest"),
    "no digest": (edited("digest", None), "differs from its digest"),
    "a lifter in no list": (unlisted, "lifter.safetensors is in no list"),
    "a file elsewhere": (elsewhere, "../other is missing"),
    "brackets": (lambda folder: (folder / cards.CARD).write_text("[" * 200_000), "RecursionError"),
    "Latin-1": (lambda folder: (folder / cards.CARD).write_bytes(b'{"a": "\xe9"}'), "UnicodeDecodeError"),
    "a list": (lambda folder: (folder / cards.CARD).write_text("[]"), "holds no settings"),
    "of before": (lambda folder: (folder / cards.CARD).write_text('{"sha256": ""}'), "of earlier versions"),
}


@pytest.mark.parametrize("case", CHANGES)
def test_a_changed_card_is_refused_in_a_sentence(case, tmp_path):
    assert load(small_card(tmp_path)).names == ["glad", "sad"]
    change, words = CHANGES[case]
    change(tmp_path)
    with pytest.raises(ModelError, match=words) as found:
        load(tmp_path)
    assert str(tmp_path) in str(found.value) and "\n" not in str(found.value)
    assert "write" in str(found.value) and "make card" in str(found.value)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"groups": None}, "has no groups"),
        ({"settings": None}, "has no settings"),
        ({"seed": "1"}, "has no seed"),
        ({"paper": "gaze"}, "a card of gaze, none of skeletal"),
        ({"settings": {"classes": ["a"]}}, "has settings of another form.*KeyError"),
    ],
)
def test_a_card_that_lacks_what_loading_needs_is_refused(changed, words, tmp_path):
    with pytest.raises(ModelError, match=words) as found:
        load(small_card(tmp_path, **changed))
    assert str(tmp_path) in str(found.value)


def test_weights_of_another_network_are_refused_in_a_sentence(tmp_path):
    trained = load(small_card(tmp_path))
    with pytest.raises(ModelError, match="the weights cannot be loaded: KeyError") as found:
        _ = trained.network
    assert "\n" not in str(found.value)


def test_the_page_may_be_edited(tmp_path):
    small_card(tmp_path)
    (tmp_path / "README.md").write_text("More about it.")
    assert load(tmp_path).record["calibration"]["limits"] == {"glad": 0.5, "sad": None}


@pytest.mark.slow
def test_the_command_writes_a_card_that_the_three_lines_load(skeletons, tmp_path):  # noqa: F811
    settings = test_skeletal_training.stage(epochs=1)
    splits = test_skeletal_training.splits_of(skeletons, settings)[:1]
    done = skeletal.perform(["ARE"], settings, test_skeletal_training.source(), splits)
    table, expected = predicted(done.folders[0])
    features, ids = (tmp_path / "extraction/iemocap").rename(tmp_path / "features"), list(table["sample_id"])
    environment = os.environ | {"PYTHONPATH": str(ROOT), "MODEL": str(done.folders[0])}
    command = [sys.executable, "-m", "scripts.card.run"]
    out = tmp_path / "cards/mine"
    for _ in range(2):
        ran = subprocess.run(
            command,
            cwd=ROOT,
            env=environment | {"OUT": str(out)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        assert ran.stdout.splitlines()[-1] == f"card: {out}"
        assert {path.name for path in out.iterdir()} == {"README.md", cards.CARD, cards.WEIGHTS}
    lines = (
        "from scripts.predict.models import load\n"
        f"model = load({str(out)!r})\n"
        f"probabilities = model.outputs({str(features)!r}, {ids!r})\n"
    )
    again: dict = {}
    exec(lines, again)
    assert np.array_equal(again["probabilities"], expected)
    page = (out / "README.md").read_text()
    assert again["model"].record["files"][cards.WEIGHTS] in page and f'load("{out.as_posix()}")' in page
    for wrong, words in ((str(out), "is a card already"), (str(tmp_path), "neither a finished run")):
        ran = subprocess.run(
            command, cwd=ROOT, env=environment | {"MODEL": wrong}, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 1 and words in ran.stderr and "Traceback" not in ran.stderr
