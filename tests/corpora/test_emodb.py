"""EMO-DB's reader: names of the release, malformed ones, and counts."""

import pytest
import soundfile
import yaml

from lib import params
from lib.corpora import catalogue, emodb
from lib.corpora.catalogue import CorpusError
from scripts.corpora.parameters import with_corpus


@pytest.fixture
def copy(tmp_path):
    """A recording of every speaker and emotion, 16 kHz as in the release."""
    folder = tmp_path / "emodb"
    (folder / "wav").mkdir(parents=True)
    for speaker in emodb.SPEAKERS:
        for letter in emodb.LETTERS:
            soundfile.write(folder / f"wav/{speaker}a01{letter}a.wav", [0.0] * 160, 16000)
    return folder


def test_names_say_everything(copy):
    table = emodb.read(copy).set_index("sample_id")
    assert len(table) == 70
    row = table.loc["03a01Wa"]
    assert (row["label"], row["speaker"], row["sex"], row["sentence"]) == (
        "anger",
        "03",
        "male",
        "a01",
    )
    assert table.loc["08a01Fa", ["label", "sex"]].tolist() == ["happiness", "female"]
    assert table.loc["16a01Ta", "label"] == "sadness" and table.loc["16a01Aa", "label"] == "fear"
    assert (table["cluster"] == table["speaker"]).all()
    assert (table.groupby("sex")["speaker"].nunique() == 5).all()


@pytest.mark.parametrize("name", ["01a01Fa", "03a01Xa", "03c01Fa", "03a1Fa", "copy of 03a01Fa"])
def test_malformed_names_are_refused(copy, name):
    (copy / f"wav/{name}.wav").write_bytes(b"RIFF")
    with pytest.raises(CorpusError, match=rf"{name}\.wav: not a name of EMO-DB"):
        emodb.read(copy)


def test_counts_of_a_real_copy(copy, tmp_path):
    assert emodb.check(copy, strict=False)["recordings"] == 70
    with pytest.raises(CorpusError, match=r"8 of 8 counts are wrong"):
        emodb.check(copy, strict=True)
    with pytest.raises(CorpusError, match=r"no wav/\*\.wav"):
        emodb.read(tmp_path)
    assert sum(list(catalogue.get("emodb").expected.values())[1:]) == 535


def test_every_stage_of_the_skeletal_notebooks_has_settings_for_it(tmp_path):
    path = tmp_path / "params.yaml"
    path.write_text(params.project_path("params.yaml").read_text(encoding="utf-8"))
    with_it = yaml.safe_load(with_corpus(path, catalogue.get("emodb")))
    assert with_it["skeletal"]["corpora"][-1] == "emodb"
    for stage in ("training", "cross_speaker", "fine_tuning"):
        assert "emodb" in with_it["skeletal"][stage]["corpora"]
