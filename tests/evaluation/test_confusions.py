"""The confusions that occur most often, by experiment."""

import pandas as pd

from lib.evaluation.classification import frequent_confusions


def test_confusions_are_ordered_by_experiment_and_number_with_the_sample_most_often_taken_so():
    rows = [("b", "s1", 0, 1), ("b", "s2", 0, 1), ("b", "s2", 0, 1), ("b", "s3", 2, 0), ("b", "s4", 1, 1),
            ("a", "s5", 1, 2), ("a", "s1", 0, 1), ("a", "s6", 1, 2), ("a", "s1", 0, 2)]  # fmt: skip
    test = pd.DataFrame(rows, columns=["experiment", "sample_id", "label", "prediction"])
    table = frequent_confusions(test, ["angry", "calm", "sad"], 2)
    assert table.drop(columns="example").to_numpy().tolist() == [
        ["a", "calm", "sad", 2],
        ["a", "angry", "calm", 1],
        ["b", "angry", "calm", 3],
        ["b", "sad", "angry", 1],
    ]
    assert table["example"].to_list()[1:] == ["s1", "s2", "s3"]
    assert frequent_confusions(test[test["label"] == test["prediction"]], ["angry", "calm", "sad"]).empty
