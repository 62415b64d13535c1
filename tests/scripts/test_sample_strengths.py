"""Effects files with other strengths."""

import numpy as np
import pytest

from scripts.sample_corpora import __main__ as command
from scripts.sample_corpora import audiovisual, emotic, iemocap, turns, valence
from scripts.sample_corpora.strengths import SCALED, scaled

FILES = {
    "effects.yaml": iemocap.Effects, "audiovisual.yaml": audiovisual.Effects,
    "emotic.yaml": emotic.Effects, "valence.yaml": valence.Effects,
}  # fmt: skip


def test_strength_one_is_the_samples_own():
    for name, effects in FILES.items():
        own = effects.load()
        assert scaled(own, {}) == own
        same = scaled(own, dict.fromkeys(SCALED[name], 1.0)).model_dump()

        def near(one, two):
            if isinstance(one, dict):
                return one.keys() == two.keys() and all(near(one[k], two[k]) for k in one)
            return one == two if isinstance(one, str) else np.allclose(one, two)

        assert near(own.model_dump(), same)


def test_at_strength_zero_no_label_differs():
    voice = scaled(audiovisual.Effects.load(), {"voice": 0}).voice
    assert voice.own == 0
    for part in next(iter(voice.shared.values())):
        assert len({round(own[part], 9) for own in voice.shared.values()}) == 1
    words = scaled(iemocap.Effects.load(), {"words": 0}).iemocap
    assert words.voice.rate == 0
    rows = [np.round(list(own.values()), 9) for own in words.words.sentences.values()]
    assert len(set(map(tuple, rows))) == 1
    movement = scaled(iemocap.Effects.load(), {"movement": 0}).iemocap.movement
    assert movement.posture.own == movement.posture.shared == movement.tempo.own == 0
    assert movement.posture.utterance > 0
    assert scaled(emotic.Effects.load(), {"body": 0}).body == 0
    assert set(scaled(valence.Effects.load(), {"face": 0}).face.shared.values()) == {0}


def test_stronger_words_stay_probabilities():
    effects = scaled(iemocap.Effects.load(), {"words": 2})
    for own in effects.iemocap.words.sentences.values():
        assert sum(own.values()) == pytest.approx(1) and min(own.values()) > 0
    plain = iemocap.Effects.load().iemocap.words.sentences
    strong = effects.iemocap.words.sentences
    assert strong["happiness"]["positive"] > plain["happiness"]["positive"]
    said = turns.plan(3, 2, 20, effects.iemocap)
    assert sum(len(dialogue.turns) for dialogue in said) == 20


def test_the_voice_keeps_a_positive_liveliness():
    plain = audiovisual.Effects.load()
    shared = scaled(plain, {"voice": 2}).voice.shared
    assert min(own["liveliness"] for own in shared.values()) > 0
    assert shared["fear"]["semitones"] > plain.voice.shared["fear"]["semitones"]


def test_unknown_effects_are_refused(tmp_path, capsys):
    with pytest.raises(ValueError, match="the effects are"):
        scaled(emotic.Effects.load(), {"voice": 1})
    with pytest.raises(ValueError, match="from 0"):
        scaled(emotic.Effects.load(), {"body": -1})
    folder = tmp_path / "corpus"
    arguments = ["emotic", "--to", str(folder), "--strength", "voice=2"]
    assert command.main(arguments) == 1 and not folder.exists()
    assert "the effects are ['body']" in capsys.readouterr().err
