"""Leaks: shared people, one sample under two names, rows that repeat a sample, and the sex of speakers."""

import numpy as np
import pandas as pd
import pytest

from scripts.audit import contents, leaks
from scripts.audit.predictions import AuditError, clustered, folds_of
from scripts.audit.reading import joined, read, read_folds
from tests.audit.samples import classes, stored

CLASSES = np.array(["anger", "joy", "rest"])


def audited(folder, table):
    table.to_parquet(folder / "mine.parquet")
    return clustered(read(folder / "mine.parquet"))


def scored(ids, decimals=9, seed=0):
    scores = np.random.default_rng(seed).dirichlet(np.ones(3), len(ids)).round(decimals)
    named = {f"probability_{name}": scores[:, number] for number, name in enumerate(CLASSES)}
    return pd.DataFrame({"id": ids, "truth": CLASSES[np.arange(len(ids)) % 3], **named})


def test_leaks_are_found_where_folds_share_people_and_only_there(tmp_path):
    table = classes()
    found = leaks.leaks(folds_of(clustered(stored(table, tmp_path)))).set_index("shared")
    assert not found["folds"].any()
    mixed = table.assign(fold=np.arange(len(table)) % 60 % 5)
    found = leaks.leaks(folds_of(clustered(stored(mixed, tmp_path)))).set_index("shared")
    assert found.loc["speaker", "folds"] == found.loc["speaker", "of"] == 10
    assert found.loc["sample", "folds"] == 0


def test_a_dev_part_that_is_the_test_part_is_named(tmp_path):
    (tmp_path / "folds.csv").write_text("id,part\na,train\nb,dev\nc,dev\nb,test\nc,test\n")
    found = leaks.leaks(read_folds(tmp_path / "folds.csv")).set_index(["shared", "parts"])
    assert found.loc[("sample", "dev, test"), "largest share"] == 1
    assert "dev is test" in found.loc[("the whole part", "dev, test"), "meaning"]


@pytest.mark.parametrize(
    "one, two, form",
    [
        ("a/u0", "a/u0.wav", leaks.NAME),
        ("u0.MP4", "U0.wav", leaks.NAME),
        ("a\\u0.npy.gz", "a/u0", leaks.NAME),
        ("a/u0", "b/u0.wav", leaks.FILE),
    ],
)
def test_a_sample_under_two_names_is_found_with_both_ids(tmp_path, one, two, form):
    ids = [one, "a/u1", "a/u2", two, "a/v1", "a/v2"]
    table = pd.DataFrame(
        {"id": ids, "truth": ["joy", "rest"] * 3, "prediction": "joy", "fold": [0] * 3 + [1] * 3}
    )
    found = leaks.leaks(folds_of(audited(tmp_path, table))).set_index("shared")
    assert found.loc["sample", "folds"] == 0
    assert found.loc[form, "folds"] == 2 and found.loc[form, "largest share"] == pytest.approx(1 / 3)
    assert found.loc[form, "examples"] == " = ".join(sorted((one, two)))


def test_distinct_names_are_no_leak(tmp_path):
    others = ["a/u0.happy", "a/u0.sad", "val 12.1", "val 12.2"]
    table = pd.DataFrame(
        {"id": others, "truth": ["joy", "rest"] * 2, "prediction": "joy", "fold": [0, 1] * 2}
    )
    assert set(leaks.leaks(folds_of(audited(tmp_path, table)))["shared"]) == {"sample"}
    people = table.assign(id=["s1/01", "s2/01", "s1/02", "s2/02"], speaker=["s1", "s2"] * 2)
    assert set(leaks.leaks(folds_of(audited(tmp_path, people)))["shared"]) == {"sample", "speaker"}


def test_equal_scores_show_a_sample_under_two_names(tmp_path):
    table = scored([f"u{n}" for n in range(40)]).assign(part=["train"] * 20 + ["test"] * 20)
    table.loc[30, table.columns[1:5]] = table.loc[4, table.columns[1:5]]
    own = audited(tmp_path, table)
    equal = leaks.equal_scores(own)
    assert equal.to_dict() == dict.fromkeys(("u30", "u4"), "u30 = u4")
    found = leaks.leaks(folds_of(own), equal).set_index("shared")
    assert found.loc[leaks.SCORES, "folds"] == 1 and found.loc[leaks.SCORES, "examples"] == "u30 = u4"
    table.loc[30, "truth"] = CLASSES[(np.flatnonzero(table.loc[4, "truth"] == CLASSES)[0] + 1) % 3]
    assert not len(leaks.equal_scores(audited(tmp_path, table)))


@pytest.mark.parametrize("scores", [[0.51234567, 0.3, 0.18765433], [1, 0, 0], [0.5, 0.3, 0.2]])
def test_a_constant_predictor_shows_no_equal_samples(tmp_path, scores):
    table = scored([f"u{n}" for n in range(40)])
    table[[f"probability_{name}" for name in CLASSES]] = np.array(scores, float)
    assert not len(leaks.equal_scores(audited(tmp_path, table)))


def test_scores_of_few_digits_and_few_leaves_show_no_equal_samples(tmp_path):
    rounded = scored([f"u{n}" for n in range(400)], decimals=2)
    rounded["probability_rest"] = 1 - rounded["probability_anger"] - rounded["probability_joy"]
    assert not len(leaks.equal_scores(audited(tmp_path, rounded)))
    leaves = scored([f"u{n}" for n in range(40)])
    columns = [name for name in leaves if name.startswith("probability_")]
    leaves[columns] = leaves[columns].to_numpy()[np.arange(40) % 8]
    assert not len(leaks.equal_scores(audited(tmp_path, leaves)))


def test_rows_that_repeat_a_sample_are_content(tmp_path):
    lines = ["id,truth,prediction", "a,happy,happy", "b,sad,happy", "a,happy,sad", "a,happy,happy"]
    (tmp_path / "mine.csv").write_text("\n".join(lines))
    table = read(tmp_path / "mine.csv")
    row = contents.contents(clustered(table)).set_index("what").loc["repeated rows"]
    assert row["number"] == 2 and row["remark"].endswith(": a")
    assert clustered(table).table["prediction"].to_list() == [0, 0, 1, 0]
    (tmp_path / "other.csv").write_text("\n".join(lines))
    both = joined(table, read(tmp_path / "other.csv").assign(experiment="other"), tmp_path / "other.csv")
    assert both["experiment"].value_counts().to_list() == [4, 4]
    (tmp_path / "other.csv").write_text("\n".join(lines[:-1]))
    with pytest.raises(AuditError, match="1 rows of the first file have no partner"):
        joined(table, read(tmp_path / "other.csv"), tmp_path / "other.csv")


def test_two_truths_of_a_sample_are_refused_with_their_rows(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("id,truth,prediction\na,happy,happy\nb,sad,happy\na,sad,happy\nb,happy,happy\n")
    with pytest.raises(
        AuditError, match=r"'a' has two truths .* happy in row 1 and sad in row 3 .* 1 more ids"
    ):
        read(path)
    path.write_text("id,truth,prediction,part\na,happy,happy,test\na,happy,happy,train\nb,sad,sad,test\n")
    assert leaks.leaks(folds_of(clustered(read(path)))).set_index("shared").loc["sample", "folds"] == 1
    path.write_text(
        "id,label_calm,score_calm,label_sad,score_sad\na,1,0.4,0,0.1\na,0,0.5,0,0.1\nb,1,0.5,1,0.1\n"
    )
    with pytest.raises(AuditError, match="1, 0 in row 1 and 0, 0 in row 2"):
        read(path)


@pytest.mark.parametrize(
    "ids, sexes",
    [
        (["Ses01F_impro01_F012", "Ses01F_script01_1b_M012"], ["female", "male"]),
        (["03-01-05-01-02-01-12", "03-01-05-01-02-01-07"], ["female", "male"]),
        (["08a01Fa", "03b02Wc"], ["female", "male"]),
        (["08a01Fa", "99b02Wc"], None),
        (["some", "other"], None),
    ],
)
def test_sex_comes_from_the_ids_of_a_known_corpus(tmp_path, ids, sexes):
    table = pd.DataFrame({"id": ids, "truth": ["joy", "rest"], "prediction": "joy"})
    own = audited(tmp_path, table).table
    assert (own["sex"].to_list() if "sex" in own else None) == sexes
    given = audited(tmp_path, table.assign(gender=["f", "m"])).table
    assert given["gender"].to_list() == ["f", "m"] and "sex" not in given


def test_a_column_sex_names_groups(tmp_path):
    table = scored([f"u{n}" for n in range(40)]).assign(sex=["female", "male"] * 20)
    groups = contents.per_group(audited(tmp_path, table))
    assert set(groups["group"]) == {"female", "male"} and set(groups["column"]) == {"sex"}


def test_stored_folds_show_two_names_too(tmp_path):
    (tmp_path / "folds.csv").write_text("id,part\na/u0,train\na/u1,train\na/u0.wav,test\na/u2,test\n")
    found = leaks.leaks(read_folds(tmp_path / "folds.csv")).set_index("shared")
    assert found.loc[leaks.NAME, "examples"] == "a/u0 = a/u0.wav"
