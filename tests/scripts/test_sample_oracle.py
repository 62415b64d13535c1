import numpy as np
import pandas as pd
import pytest

from lib.replication.planted import oracle_path
from scripts.sample_corpora import oracle


def test_without_differences_the_oracle_is_at_chance():
    generator = np.random.default_rng(1)
    for known in (True, False):
        recall = oracle._recall(np.zeros((4, 5, 3)), known, generator)
        assert recall == pytest.approx(0.2, abs=0.05)


def test_what_is_a_speakers_own_helps_only_where_the_speaker_is_known():
    generator = np.random.default_rng(2)
    own = generator.normal(0, 3, (5, 4, 6))
    assert oracle._recall(own, True, generator) > 0.95 > 0.6 > oracle._recall(own, False, generator)


def test_the_oracle_beats_chance_on_every_claim():
    table = pd.read_csv(oracle_path())
    assert list(table.columns) == oracle.COLUMNS
    assert set(table["corpus"]) == {"iemocap", "rml", "emotic", "recola"}
    assert (table["score"] > table["chance"]).all()


@pytest.mark.slow
def test_the_kept_scores_are_those_of_the_effects_files():
    kept, found = pd.read_csv(oracle_path()), oracle.scores()
    assert kept.drop(columns="score").equals(found.drop(columns="score").fillna(np.nan))
    np.testing.assert_allclose(kept["score"], found["score"], atol=0.002)
