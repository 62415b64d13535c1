"""Files and values that no audit can use: one sentence that names the file and what to do."""

import pandas as pd
import pytest

from scripts.audit.predictions import AuditError, clustered
from scripts.audit.printed import printed
from scripts.audit.reading import read, read_folds, require_shared

PLAIN = pd.DataFrame({"id": ["a", "b", "c"], "truth": ["x", "y", "x"], "prediction": ["x", "x", "y"]})
LABELS = pd.DataFrame({"id": ["a", "b"], "label_x": [1, 0], "label_y": [0, 1], "score_x": [0.1, 0.9],
                       "score_y": [0.3, 0.2]})  # fmt: skip


def stored(folder, table, name="mine.parquet"):
    path = folder / name
    table.to_parquet(path)
    return path


def both(**changed):
    """Two models on the same rows, of which the second is changed."""
    return pd.concat([PLAIN.assign(model="m"), PLAIN.assign(model="n", **changed)], ignore_index=True)


REFUSED = {
    "lists as truth": (PLAIN.assign(truth=[["x"]] * 3), "column 'truth' holds lists: write one value a row"),
    "lists as fold": (PLAIN.assign(fold=[["x"]] * 3), "column 'fold' holds lists"),
    "no label": (LABELS.assign(label_x=0, label_y=0), "no row of the test part has a label"),
    "a label without a score": (LABELS.drop(columns="score_x"), "label 'x' has no column score_x"),
    "one label": (LABELS[["id", "label_x", "score_x"]], "the label 'x' alone, which is no set"),
    "other truths": (both(truth="x"), "models 'm' and 'n' have other samples or truths"),
    "fewer samples": (both()[:-1], "models 'm' and 'n' have other samples or truths"),
    "two speakers": (both(speaker="q").fillna({"speaker": "p"}), "'a' has two values of 'speaker', p and q"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_scored_is_refused(case, tmp_path):
    table, words = REFUSED[case]
    path = stored(tmp_path, table)
    with pytest.raises(AuditError, match=words) as found:
        read(path)
    assert str(path) in str(found.value) and "\n" not in str(found.value)


def test_columns_of_lists_that_nobody_reads_are_left_out(tmp_path):
    found = read(stored(tmp_path, PLAIN.assign(embedding=[[0.1, 0.2]] * 3)))
    assert len(found) == 3 and "embedding" not in found


def test_a_folder_and_a_line_with_too_many_cells_are_told(tmp_path):
    with pytest.raises(AuditError, match="is a folder: name a file in it"):
        read(tmp_path)
    path = tmp_path / "long.csv"
    path.write_text("id,truth,prediction\na,x,x,x,x\nb,y,y,y,y\n")
    with pytest.raises(AuditError, match="a line of another length"):
        read(path)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"cluster": "truth"}, "CLUSTER: 'truth' of .* groups no samples"),
        ({"cluster": "label"}, "no column 'label'"),
        ({"cluster": "school"}, "no column 'school'"),
        ({"classes": "x, y, x"}, "CLASSES names 'x' twice"),
        ({"pattern": "(.)"}, "no pattern with named groups"),
        ({"columns": "truth=prediction prediction=prediction"}, "gives one column two names"),
    ],
)
def test_options_that_fit_no_file_are_told(options, words, tmp_path):
    with pytest.raises(AuditError, match=words):
        read(stored(tmp_path, PLAIN), **options)


def test_any_column_of_groups_can_make_the_clusters(tmp_path):
    path = stored(tmp_path, PLAIN.assign(school=["s", "s", "t"]))
    table = read(path, cluster="school")
    assert clustered(table, "school").clusters == 2 and clustered(read(path)).clusters == 3


def test_two_names_can_be_exchanged(tmp_path):
    path = stored(tmp_path, PLAIN)
    found = read(path, "truth=prediction prediction=truth")
    assert list(found["label"]) == list(read(path)["prediction"])


@pytest.mark.parametrize("text", [";", "UAR=65,6", "=5", "UAR"])
def test_a_printed_number_needs_a_name_and_a_number(text):
    scores = pd.DataFrame({"model": ["m"], "metric": ["UAR"], "folds": ["folds pooled"], "score": [0.5],
                           "low": [0.4], "high": [0.6]})  # fmt: skip
    with pytest.raises(AuditError, match="is not METRIC=NUMBER"):
        printed(text, scores)


def test_folds_of_other_samples_or_without_ids_are_refused(tmp_path):
    table, path = read(stored(tmp_path, PLAIN)), tmp_path / "folds.csv"
    path.write_text("id,fold\nz,1\n")
    with pytest.raises(AuditError, match="none of its ids is among the predictions, 'z' beside 'a'"):
        require_shared(read_folds(path), table, path)
    path.write_text("id,fold\nz,1\nb,2\n")
    require_shared(read_folds(path), table, path)
    path.write_text("position,repeat,fold,part\n0,0,0,test\n")
    with pytest.raises(AuditError, match="names samples by 'position', not by id"):
        read_folds(path)
