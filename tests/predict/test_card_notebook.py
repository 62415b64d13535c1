"""What the notebook of a card shows, and how MODEL names a training."""

from types import SimpleNamespace

import numpy as np
import pytest

from lib.evaluation.predictions import CLASSES
from scripts.card import choosing, showing
from scripts.card import run as command
from scripts.card.writing import require
from scripts.predict import body
from scripts.predict.models import ModelError
from tests.predict.test_cards import small_card


def training(name, corpus="iemocap", shared=0, scheme="a", fold=0, paper="skeletal"):
    record = {"experiment": name, "corpus": corpus, "paper": paper, "groups": {"shared": shared},
              "split": {"scheme": scheme, "repeat": 0, "fold": fold}}  # fmt: skip
    return SimpleNamespace(record=record, folder=SimpleNamespace(name=f"{name}{fold}"))


def test_an_experiment_names_its_first_training_on_unseen_people(monkeypatch):
    own = [training("X", shared=3), training("X", fold=1), training("X", scheme="b"), training("Y", "rml")]
    monkeypatch.setattr(choosing, "stored", lambda: own)
    assert choosing.named("X") is own[1] and choosing.named("Y@rml") is own[3]
    own.append(training("X", "rml"))
    assert choosing.named("X@rml") is own[4]
    for name, words in (
        ("X", r"X@iemocap \(skeletal\), X@rml \(skeletal\): name one"),
        ("Y@sewa", r"no such experiment in runs/ \(X, Y\)"),
        (" ", "MODEL is empty"),
        ("runs/x", "runs/x: there is no such folder"),
    ):
        with pytest.raises(ModelError, match=words):
            choosing.named(name)


def test_answers_are_equal_to_the_bit_close_or_of_another_network():
    before = np.array([[0.25, 0.75], [0.5, 0.5]])
    assert "(4 numbers) are those of its run, to the last bit" in showing.compared(before.copy(), before)
    assert "by at most 1e-07" in showing.compared(before + 1e-7, before)
    for other in (before + 0.01, before[:1], before * np.nan):
        with pytest.raises(ModelError, match="differ from those of its run"):
            showing.compared(other, before)


def test_features_that_are_not_those_of_the_run_are_told(tmp_path, monkeypatch):
    monkeypatch.setattr(showing, "project_path", lambda name: tmp_path / name)
    (tmp_path / "features").mkdir()
    (tmp_path / "features/a.arrow").write_bytes(b"a")
    record = {"settings": {"folder": "features"}, "data": {}}
    one = SimpleNamespace(record=record, kind=CLASSES)
    record["data"] = {"features/a.arrow": showing.file_version(tmp_path / "features/a.arrow")}
    assert showing.features_of(one) == tmp_path / "features"
    for name, words in (("a", "is not that of the run"), ("b", "is not there")):
        record["data"] = {f"features/{name}.arrow": "0"}
        with pytest.raises(showing.NoFeatures, match=words):
            showing.features_of(one)


def test_a_section_of_the_page_has_its_heading_and_ends_before_the_next():
    page = "# Card\n\n## Licence of the data\n\nfree\n\n## Not for\n\n- people\n"
    assert showing.section(page, "Licence of the data") == "## Licence of the data\n\nfree"
    assert showing.section(page, "Not for") == "## Not for\n\n- people"


def test_a_place_that_cannot_hold_a_card_is_told_before_the_notebook_starts(tmp_path, monkeypatch):
    one = SimpleNamespace(is_card=False, folder=tmp_path / "run", record={})
    (tmp_path / "full").mkdir()
    (tmp_path / "full/x").touch()
    with pytest.raises(ModelError, match="holds other things than a card"):
        require(one, tmp_path / "full")
    require(one, small_card(tmp_path))
    names = {"paper": "skeletal", "experiment": "A / B", "corpus": "iemocap"}
    one = SimpleNamespace(is_card=False, folder=tmp_path / "0123456789", record=names)
    assert command.folder_of(one, "").name == "skeletal-A_B-iemocap-01234567"
    monkeypatch.setattr(choosing, "named", lambda _: one)
    monkeypatch.setattr(command, "execute", lambda *_: pytest.fail("the notebook started"))
    with pytest.raises(ModelError, match=r"cannot be written .* give another OUT"):
        command.card("A", str(tmp_path / "full/x/below"))


def test_a_network_of_bodies_takes_the_lifter_that_its_extraction_trained(monkeypatch, tmp_path):
    monkeypatch.setattr(body, "project_path", lambda name: tmp_path / name)
    one = SimpleNamespace(is_card=False, record={"settings": {"samples": "out/samples.parquet"}})

    def lifter(checkpoint):
        return body.lifter_of(one, SimpleNamespace(lifter=SimpleNamespace(checkpoint=checkpoint)))

    assert lifter("projected") == lifter(None) == tmp_path / "out" / body.LIFTER
    assert lifter("own/file.bin") == tmp_path / "own/file.bin"
