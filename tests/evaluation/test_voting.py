import pandas as pd
import pytest

from lib.evaluation.voting import majority_vote


def segments(rows):
    """Rows of clip, label, prediction and the probabilities of classes a and b."""
    return pd.DataFrame(
        [
            {"experiment": "e", "corpus": "c", "repeat": 0, "fold": 0, "seed": 1, "part": "test",
             "sample_id": f"{clip}.{number}", "cluster": "s1", "label": label,
             "prediction": predicted, "probability_a": a, "probability_b": 1 - a}
            for number, (clip, label, predicted, a) in enumerate(rows)
        ]
    )  # fmt: skip


def voted(rows):
    table = segments(rows)
    return majority_vote(table, table["sample_id"].str.split(".").str[0])


def test_the_majority_wins_against_larger_probabilities():
    found = voted([("x", 1, 1, 0.4), ("x", 1, 1, 0.4), ("x", 1, 0, 0.99)])
    assert found[["sample_id", "label", "prediction"]].to_numpy().tolist() == [["x", 1, 1]]
    assert found["probability_a"].iloc[0] == pytest.approx((0.4 + 0.4 + 0.99) / 3)


def test_ties_go_to_the_larger_sum_of_probabilities():
    found = voted([("x", 0, 0, 0.9), ("x", 0, 1, 0.2), ("y", 0, 0, 0.6), ("y", 0, 1, 0.1)])
    assert found["prediction"].tolist() == [0, 1]


def test_a_clip_has_one_label():
    with pytest.raises(ValueError, match="clip x have different labels"):
        voted([("x", 0, 0, 0.9), ("x", 1, 1, 0.2)])
