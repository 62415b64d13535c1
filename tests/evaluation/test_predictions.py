from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from lib.evaluation import predictions
from lib.evaluation.classification import per_class_recall
from lib.evaluation.scores import score_table


def run(experiment="x", repeat=0, fold=0):
    split = SimpleNamespace(repeat=repeat, fold=fold)
    return SimpleNamespace(experiment=experiment, corpus="iemocap", split=split, seed=1)


def part(repeat=0, fold=0, name="test", experiment="SMACN", samples=8):
    generator = np.random.default_rng([repeat, fold])
    probabilities = generator.dirichlet(np.ones(3), samples)
    clusters = pd.Series({f"{name}{fold}-{i}": f"d{i % 4}" for i in range(samples)})
    own, truth = run(experiment, repeat, fold), generator.integers(0, 3, samples)
    return predictions.prediction_table(own, name, clusters, truth, probabilities, list("abc"))


def label_sets():
    clusters = pd.Series("p1", index=["s1", "s2"])
    return predictions.prediction_table(run(), "test", clusters, np.eye(2), np.ones((2, 2)), ["a", "b"])


def values():
    trace = {"recording": "r", "time": [0.0, 0.1], "truth": 0.1, "prediction": [0.1, 0.3],
             "interpolated": False}  # fmt: skip
    return predictions.value_table(run(), "test", pd.DataFrame(trace))


def store(folder, table):
    folder.mkdir()
    table.to_parquet(folder / "predictions.parquet", index=False)
    return folder


def test_gathered_predictions_keep_every_row(tmp_path):
    folders = [store(tmp_path / str(fold), part(fold=fold)) for fold in range(3)]
    table = predictions.gather(folders, tmp_path / "out" / "predictions.parquet")
    assert len(table) == 24
    assert predictions.names_of(table) == ["a", "b", "c"]
    stored = pd.read_parquet(tmp_path / "out" / "predictions.parquet")
    pd.testing.assert_frame_equal(stored, table)


def test_kinds_are_told_by_their_columns():
    kinds = [predictions.kind_of(table) for table in (part(), label_sets(), values())]
    assert kinds == [predictions.CLASSES, predictions.LABEL_SETS, predictions.VALUES]
    assert predictions.names_of(label_sets()) == ["a", "b"] and not predictions.names_of(values())
    truth, scores = predictions.truth_and_scores(label_sets())
    np.testing.assert_array_equal(truth, np.eye(2, dtype=bool))
    np.testing.assert_array_equal(scores, np.ones((2, 2)))


@pytest.mark.parametrize("table", [part(), label_sets(), values()], ids=["class", "set", "value"])
def test_tables_that_break_the_schema_are_refused(table, tmp_path):
    kind = predictions.kind_of(table)
    number = table.select_dtypes("number").columns[-1]
    for broken, message in (
        (pd.concat([table, table.head(1)]), "predicted twice"),
        (table.drop(columns="seed"), r"columns \['seed'\] are missing"),
        (table.drop(columns=kind.columns[-1]), f"columns .*{kind.columns[-1]}.* are missing"),
        (table.assign(**{number: np.nan}), f"{number}.* have missing or infinite values"),
        (table.assign(**{number: np.inf}), f"{number}.* have missing or infinite values"),
    ):
        with pytest.raises(predictions.PredictionsError, match=message):
            predictions.store(broken, tmp_path / "p.parquet")
    assert not (tmp_path / "p.parquet").exists()


def test_pairs_are_aligned_and_need_the_same_samples():
    table = pd.concat([part(), part(experiment="other").sample(frac=1, random_state=0)])
    one, two = predictions.paired(table, "SMACN", "other")
    assert one["sample_id"].equals(two["sample_id"]) and len(one) == 8
    for broken in (table.iloc[1:], table.assign(label=range(16)), table.iloc[:8]):
        with pytest.raises(predictions.PredictionsError, match="not tested on the same"):
            predictions.paired(broken, "SMACN", "other")


def test_scores_use_test_predictions_only_and_average_repetitions():
    rows = [part(repeat, fold) for repeat in range(2) for fold in range(2)]
    rows.append(part(0, 5, "dev"))
    table = pd.concat(rows, ignore_index=True)
    scores = score_table(table).set_index("metric")
    test = table[table["part"] == "test"]
    per_repeat = [(group["label"] == group["prediction"]).mean() for _, group in test.groupby("repeat")]
    assert scores.loc["WAR", "score"] == pytest.approx(np.mean(per_repeat))
    assert scores.loc["WAR", "spread"] == pytest.approx(np.std(per_repeat, ddof=1))
    assert scores.loc["WAR", ["repeats", "runs", "samples"]].to_list() == [2, 4, 16]
    recall = per_class_recall(table)
    assert recall.loc["SMACN", "a"] == pytest.approx((test.loc[test["label"] == 0, "prediction"] == 0).mean())
