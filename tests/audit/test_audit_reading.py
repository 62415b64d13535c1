"""Files of others: every damaged one gets a single sentence that names it."""

import numpy as np
import pandas as pd
import pytest

from scripts.audit.predictions import AuditError, clustered
from scripts.audit.reading import joined, read, read_folds

PLAIN = "id,truth,prediction\na,happy,happy\nb,sad,happy\nc,happy,sad\n"
SCORED = "id,truth,probability_happy,probability_sad\na,happy,0.7,0.3\nb,sad,0.4,0.6\n"
DAMAGED = {
    "missing column": ("id,prediction\na,happy\n", "no column 'truth'"),
    "missing id": ("truth,prediction\nhappy,happy\n", "no column 'id'"),
    "empty": ("", "needed"),
    "header alone": ("id,truth,prediction\n", "no rows"),
    "no truth": ("id,truth,prediction\na,happy,happy\nb,,happy\n", "first in row 2"),
    "unknown class": (SCORED + "c,angry,0.5,0.5\n", "class 'angry' of row 3"),
    "unknown prediction": (PLAIN + "d,sad,angry\n", "class 'angry' of row 4"),
    "two truths in a fold": (PLAIN + "a,sad,sad\n", "happy in row 1 and sad in row 4"),
    "latin-1": (PLAIN.replace("b,", "bé,").encode("latin-1"), "not UTF-8"),
    "sum": (SCORED + "c,sad,0.7,0.7\n", "sum to 1"),
    "negative": (SCORED + "c,sad,1.2,-0.2\n", "sum to 1"),
    "text in numbers": (SCORED + "c,sad,0.3,much\n", "row 3 is 'much', not a number"),
    "no score": (SCORED + "c,sad,0.3,\n", "no value in 1 rows, first in row 3"),
    "unknown part": ("id,truth,prediction,part\na,happy,happy,holdout\n", "part 'holdout'"),
    "no test part": ("id,truth,prediction,part\na,happy,happy,train\n", "no row has the part 'test'"),
    "column twice": ("id,truth,truth\na,happy,happy\n", "twice"),
    "longer line": (PLAIN + "d,sad,sad,sad,sad\n", "a line of another length"),
    "time as text": ("id,time,truth,prediction\na,now,0.1,0.2\n", "not a number"),
    "infinite": ("id,time,truth,prediction\na,0,0.1,inf\n", "not a number"),
    "unknown label": ("id,truth,score_calm\na,calm;happy,0.4\n", "label 'happy'"),
    "label that is no flag": ("id,label_calm,score_calm\na,2,0.4\n", "0 and 1"),
}


def write(folder, content, name="mine.csv"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("case", DAMAGED)
def test_a_damaged_file_gets_one_sentence(tmp_path, case):
    content, words = DAMAGED[case]
    path = write(tmp_path, content)
    with pytest.raises(AuditError) as found:
        read(path)
    text = str(found.value)
    assert words in text and "mine.csv" in text and "\n" not in text.strip()


def test_a_missing_file_and_one_that_is_no_parquet_are_named(tmp_path):
    with pytest.raises(AuditError, match=r"none\.csv: there is no such file"):
        read(tmp_path / "none.csv")
    with pytest.raises(AuditError, match="is no parquet file"):
        read(write(tmp_path, PLAIN, "mine.parquet"))


def test_columns_have_names_of_their_own_and_rows_any_order(tmp_path):
    other = "utt;emotion;guess\nc;happy;sad\na;happy;happy\nb;sad;happy\n"
    path = write(tmp_path, other)
    found = read(path, "id=utt truth=emotion prediction=guess").set_index("sample_id").sort_index()
    plain = read(write(tmp_path, PLAIN)).set_index("sample_id").sort_index()
    pd.testing.assert_frame_equal(found, plain)
    with pytest.raises(AuditError, match="no column 'gold'"):
        read(path, "truth=gold")


def test_csv_and_parquet_are_read_alike(tmp_path):
    path = write(tmp_path, SCORED)
    pd.read_csv(path).to_parquet(tmp_path / "mine.parquet")
    pd.testing.assert_frame_equal(read(path), read(tmp_path / "mine.parquet"))


def test_groups_come_from_ids_by_a_pattern_or_a_known_form(tmp_path):
    path = write(
        tmp_path, PLAIN.replace("a,", "s1_a,", 1).replace("\nb,", "\ns1_b,").replace("\nc,", "\ns2_c,")
    )
    assert list(read(path, pattern=r"(?P<speaker>s\d)")["speaker"]) == ["s1", "s1", "s2"]
    with pytest.raises(AuditError, match="does not fit the id"):
        read(path, pattern=r"(?P<speaker>s1)")
    emodb = PLAIN.replace("a,", "03a01Fa,", 1).replace("\nb,", "\n03b02Wc,").replace("\nc,", "\n08a01Nd,")
    found = clustered(read(write(tmp_path, emodb)))
    assert (found.cluster, found.clusters) == ("speaker", 2)


def test_a_second_file_tests_the_same_samples(tmp_path):
    first = read(write(tmp_path, PLAIN))
    other = write(tmp_path, PLAIN.replace("c,happy,sad", "c,happy,happy"), "other.csv")
    assert clustered(joined(first, read(other), other)).models == ["mine", "other"]
    for content, words in (
        (PLAIN.replace("c,happy,sad", "d,happy,sad"), "must test the same samples"),
        (PLAIN.replace("c,happy,sad", "c,sad,sad"), "truths are not the first file's"),
        (SCORED.replace("sad", "calm"), "other kinds or classes"),
    ):
        path = write(tmp_path, content, "other.csv")
        with pytest.raises(AuditError, match=words):
            joined(first, read(path), path)


def test_folds_need_a_fold_or_a_part(tmp_path):
    assert list(read_folds(write(tmp_path, "id,fold\na,1\nb,2\n"))["fold"]) == [0, 1]
    with pytest.raises(AuditError, match="neither the column fold nor part"):
        read_folds(write(tmp_path, "id\na\n"))
    with pytest.raises(AuditError, match="occurs twice"):
        read_folds(write(tmp_path, "id,fold,part\na,1,test\na,1,test\n"))


def test_scores_that_are_no_probabilities_have_no_calibration(tmp_path):
    table = read(write(tmp_path, SCORED.replace("probability", "score").replace("0.7", "7")))
    assert not table.attrs["scored"] and np.array_equal(table["prediction"], [0, 1])
