"""Utterances without words are samples without text."""

import numpy as np
import pandas as pd
import pytest
import torch

from lib.features.store import FeatureStore
from lib.features.text import UNKNOWN
from lib.papers.skeletal import inputs, speech


@pytest.mark.parametrize(
    ("transcripts", "without"),
    [([None, "yes no", "no"], 1), (["yes no", None, None], 2), (["yes no", "no", "no"], 0)],
)
def test_samples_without_words_are_counted_and_take_part(tmp_path, transcripts, without):
    samples = pd.DataFrame({"sample_id": list("abc"), "transcript": transcripts})
    (tmp_path / "glove.txt").write_text("yes " + "1 " * 300 + "\n")
    glove = tmp_path / "glove.txt"
    facts = speech.extract_word_vectors(samples, glove, tmp_path, {})
    assert (facts["distinct tokens"], facts["coverage"]) == (2, 0.5)
    assert facts.get("samples without words", 0) == without
    assert list(FeatureStore(tmp_path / "glove.arrow")) == ["yes"]
    text = {"vocabulary": "corpus", "tokens": 3}
    settings = {"stores": {}, "inputs": {"text": text}}
    (tokens, lengths), *_ = inputs.load(samples, np.arange(3), settings, 0)
    silent = torch.tensor(samples["transcript"].isna().tolist())
    assert (tokens[silent] == tokens.new_tensor([UNKNOWN, 0, 0])).all()
    assert (tokens[~silent][:, 0] != UNKNOWN).all() and lengths[silent].eq(1).all()
