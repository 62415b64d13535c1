import numpy as np
import pandas as pd
import pytest

from lib.evaluation import predictions
from lib.evaluation.classification import per_class_recall, score_table


def part(repeat=0, fold=0, name="test", experiment="SMACN", samples=8):
    generator = np.random.default_rng([repeat, fold])
    probabilities = generator.dirichlet(np.ones(3), samples)
    return predictions.classification_table(
        experiment=experiment, corpus="iemocap", repeat=repeat, fold=fold, seed=1, part=name,
        sample_ids=[f"{name}{fold}-{i}" for i in range(samples)],
        clusters=[f"d{i % 4}" for i in range(samples)],
        labels=generator.integers(0, 3, samples), probabilities=probabilities,
        classes=["a", "b", "c"],
    )  # fmt: skip


def store(folder, table):
    folder.mkdir()
    table.to_parquet(folder / "predictions.parquet", index=False)
    return folder


def test_gathered_predictions_keep_every_row(tmp_path):
    folders = [store(tmp_path / str(fold), part(fold=fold)) for fold in range(3)]
    table = predictions.gather(folders, tmp_path / "out" / "predictions.parquet")
    assert len(table) == 24
    assert predictions.classes_of(table) == ["a", "b", "c"]
    stored = pd.read_parquet(tmp_path / "out" / "predictions.parquet")
    pd.testing.assert_frame_equal(stored, table)


def test_a_sample_predicted_twice_is_refused(tmp_path):
    folders = [store(tmp_path / "1", part()), store(tmp_path / "2", part())]
    with pytest.raises(predictions.PredictionsError, match="predicted twice"):
        predictions.gather(folders, tmp_path / "p.parquet")


def test_missing_columns_and_values_are_refused():
    with pytest.raises(predictions.PredictionsError, match="cluster"):
        predictions.validate(part().drop(columns="cluster"), "p")
    broken = part()
    broken.loc[0, "probability_a"] = np.nan
    with pytest.raises(predictions.PredictionsError, match="probability_a"):
        predictions.validate(broken, "p")


def test_scores_use_test_predictions_only_and_average_repetitions():
    rows = [part(repeat, fold) for repeat in range(2) for fold in range(2)]
    rows.append(part(0, 5, "dev"))
    table = pd.concat(rows, ignore_index=True)
    scores = score_table(table, draws=100, seed=0).set_index("metric")
    test = table[table["part"] == "test"]
    per_repeat = [
        (group["label"] == group["prediction"]).mean() for _, group in test.groupby("repeat")
    ]
    assert scores.loc["WAR", "score"] == pytest.approx(np.mean(per_repeat))
    assert scores.loc["WAR", "spread"] == pytest.approx(np.std(per_repeat, ddof=1))
    assert scores.loc["WAR", ["repeats", "runs", "samples"]].to_list() == [2, 4, 16]
    recall = per_class_recall(table)
    assert recall.loc["SMACN", "a"] == pytest.approx(
        (test.loc[test["label"] == 0, "prediction"] == 0).mean()
    )
