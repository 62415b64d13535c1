import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib import splits

CLASSES = ("anger", "happiness", "sadness", "neutral")


def table(samples):
    return pd.DataFrame(
        {"sample_id": [f"u{i:04d}" for i in range(samples)],
         "label": [CLASSES[i % 4] for i in range(samples)]}
    )  # fmt: skip


@settings(max_examples=20, deadline=None)
@given(st.integers(60, 400), st.integers(0, 2**31), st.sampled_from(sorted(splits.SCHEMES)))
def test_every_scheme_keeps_its_promise(samples, seed, scheme):
    frame = table(samples)
    drawn = splits.make(scheme, frame, 5, 2, seed)
    assert len(drawn) == 10
    for split in drawn:
        parts = [set(split.part(part)) for part in splits.PARTS]
        assert set.union(*parts) == set(frame["sample_id"])
        assert sum(map(len, parts)) == samples
    for repeat in range(2):
        tested = [s for split in drawn if split.repeat == repeat for s in split.test]
        assert len(set(tested)) == len(tested)


def test_mdre_blocks_have_the_stated_ratio():
    drawn = splits.make("mdre_blocks", table(5492), 5, 1, 1)
    for split in drawn:
        assert len(split.train) / 5492 == pytest.approx(0.8, abs=0.001)
        assert len(split.dev) / 5492 == pytest.approx(0.06, abs=0.01)
        assert len(split.test) / 5492 == pytest.approx(0.14, abs=0.01)
    assert splits.shares_tested(drawn, 5492)[0] == pytest.approx(0.7, abs=0.03)


def test_stratified_folds_test_everything_and_keep_shares():
    frame = table(400)
    drawn = splits.make("stratified_kfold", frame, 5, 1, 1)
    assert splits.shares_tested(drawn, 400)[0] == 1
    labels = frame.set_index("sample_id")["label"]
    for split in drawn:
        assert labels.loc[list(split.test)].value_counts().to_dict() == dict.fromkeys(CLASSES, 20)


def test_same_seed_same_splits_and_repeats_differ():
    first, again = (splits.make("mdre_blocks", table(100), 5, 2, 3) for _ in range(2))
    assert first == again
    assert first[0].test != first[5].test


def split(**changes):
    base = {"scheme": "s", "repeat": 0, "fold": 0, "seed": 0, "train": ("a", "b"), "dev": ("c",),
            "test": ("d",)}  # fmt: skip
    return splits.Split(**(base | changes))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"dev": ()}, "dev part is empty"),
        ({"test": ("a",)}, "in it twice"),
        ({"train": ("a", "a")}, "in it twice"),
        ({"apart": {"a": "x", "b": "y", "c": "z", "d": "y"}}, "share"),
    ],
)
def test_broken_splits_cannot_be_built(changes, message):
    with pytest.raises(splits.SplitError, match=message):
        split(**changes)


def test_groups_kept_apart_are_accepted():
    assert split(apart={"a": "x", "b": "y", "c": "z", "d": "z"}).test == ("d",)


def test_bad_tables_are_refused():
    frame = table(40)
    with pytest.raises(splits.SplitError, match="not one of"):
        splits.make("random", frame, 5, 1, 0)
    with pytest.raises(splits.SplitError, match="without a label"):
        splits.make("mdre_blocks", frame.assign(label=None), 5, 1, 0)
    with pytest.raises(splits.SplitError, match="not unique"):
        splits.make("mdre_blocks", pd.concat([frame, frame]), 5, 1, 0)


def test_splits_are_stored_in_full(tmp_path):
    drawn = splits.make("mdre_blocks", table(50), 5, 1, 0)
    stored = pd.read_parquet(splits.write(drawn, tmp_path / "a" / "splits.parquet"))
    assert len(stored) == 5 * 50
    fold = stored[(stored["fold"] == 2) & (stored["part"] == "test")]
    assert tuple(fold["sample_id"]) == drawn[2].test
