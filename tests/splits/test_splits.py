from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.splits import schemes as split_schemes
from lib.splits import split as splits

CLASSES = ("anger", "happiness", "sadness", "neutral")


def table(samples):
    return pd.DataFrame(
        {"sample_id": [f"u{i:04d}" for i in range(samples)],
         "label": [CLASSES[i % 4] for i in range(samples)],
         "speaker": [f"s{i // 4 % 10}" for i in range(samples)],
         "session": [i // 4 % 10 // 2 for i in range(samples)],
         "cluster": [f"d{i // 4 % 15}" for i in range(samples)],
         "script": [f"d{i // 4 % 6}" for i in range(samples)],
         "group": [f"g{i // 4 % 5}" for i in range(samples)],
         "position": range(samples)}
    )  # fmt: skip


@settings(max_examples=20)
@given(st.integers(60, 400), st.integers(0, 2**31), st.sampled_from(sorted(split_schemes.SCHEMES)))
def test_every_scheme_keeps_its_promise(samples, seed, scheme):
    frame = table(samples)
    drawn = split_schemes.make(scheme, frame, 5, 2, seed)
    folds = {"leave_one_speaker_out": 10, "leave_one_subject_out": 10, "pretraining_all_pairs": 45}.get(
        scheme, 5
    )
    assert len(drawn) == 2 * folds
    for split in drawn:
        parts = [set(split.part(part)) for part in splits.PARTS]
        assert set.union(*parts) == set(frame["sample_id"])
        assert sum(map(len, parts)) == samples
    for repeat in range(2):
        tested = [s for split in drawn if split.repeat == repeat for s in split.test]
        times = 9 if scheme == "pretraining_all_pairs" else 1
        assert max(map(tested.count, set(tested))) == times


def test_mdre_blocks_have_the_stated_ratio():
    drawn = split_schemes.make("mdre_blocks", table(5492), 5, 1, 1)
    for split in drawn:
        assert len(split.train) / 5492 == pytest.approx(0.8, abs=0.001)
        assert len(split.dev) / 5492 == pytest.approx(0.06, abs=0.01)
        assert len(split.test) / 5492 == pytest.approx(0.14, abs=0.01)
    assert splits.shares_tested(drawn, 5492)[0] == pytest.approx(0.7, abs=0.03)


def test_the_published_blocks_are_those_of_the_public_code():
    """Sizes of the public code's folds on the 5,531 utterances of four classes."""
    frame = table(5531)
    drawn = split_schemes.make("mdre_published", frame, 5, 2, 1)
    sizes = [tuple(len(one.part(part)) for part in splits.PARTS) for one in drawn]
    train, dev = (4445, 4374, 4399, 4432, 4474), (313, 386, 353, 343, 307)
    assert sizes == 2 * list(zip(train, dev, (773, 771, 779, 756, 750), strict=True))
    left_out = split_schemes.make("mdre_published", frame.drop(index=range(0, 5531, 7)), 5, 1, 1)
    for whole, part in zip(drawn, left_out, strict=False):
        assert set(part.test) < set(whole.test) and set(part.dev) < set(whole.dev)
    with pytest.raises(splits.SplitError, match="five folds, not 3"):
        split_schemes.make("mdre_published", frame, 3, 1, 1)


def test_stratified_folds_test_everything_and_keep_shares():
    frame = table(400)
    drawn = split_schemes.make("stratified_kfold", frame, 5, 1, 1)
    assert splits.shares_tested(drawn, 400)[0] == 1
    labels = frame.set_index("sample_id")["label"]
    for split in drawn:
        assert labels.loc[list(split.test)].value_counts().to_dict() == dict.fromkeys(CLASSES, 20)


def test_same_seed_same_splits_and_repeats_differ():
    first, again = (split_schemes.make("mdre_blocks", table(100), 5, 2, 3) for _ in range(2))
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
        ({"apart": {"a": "x", "b": "y", "c": "z", "d": "y"}}, "train and test share"),
        ({"apart": {"a": "x", "b": "y", "c": "y", "d": "z"}}, "train and dev share"),
        ({"apart": {"a": "x", "b": "y", "c": "z", "d": "z"}}, "dev and test share"),
        ({"apart": {"a": "x", "b": "y", "c": "y", "d": "z"}, "together": ("dev", "test")}, "train and dev"),
        ({"apart": {"a": "x", "b": "y", "c": "z", "d": "z"}, "together": ("train", "dev")}, "dev and test"),
    ],
)
def test_broken_splits_cannot_be_built(changes, message):
    with pytest.raises(splits.SplitError, match=message):
        split(**changes)


def test_groups_kept_apart_are_accepted():
    assert split(apart={"a": "x", "b": "y", "c": "z", "d": "w"}).test == ("d",)
    groups = {"a": "x", "b": "y", "c": "z", "d": "z"}
    assert split(apart=groups, together=("dev", "test")).test == ("d",)


def test_bad_tables_are_refused():
    frame = table(40)
    with pytest.raises(splits.SplitError, match="not one of"):
        split_schemes.make("random", frame, 5, 1, 0)
    with pytest.raises(splits.SplitError, match="without a label"):
        split_schemes.make("mdre_blocks", frame.assign(label=None), 5, 1, 0)
    with pytest.raises(splits.SplitError, match="not unique"):
        split_schemes.make("mdre_blocks", pd.concat([frame, frame]), 5, 1, 0)


def test_splits_are_stored_in_full(tmp_path):
    drawn = split_schemes.make("mdre_blocks", table(50), 5, 1, 0)
    stored = pd.read_parquet(splits.write(drawn, tmp_path / "a" / "splits.parquet"))
    assert len(stored) == 5 * 50
    fold = stored[(stored["fold"] == 2) & (stored["part"] == "test")]
    assert tuple(fold["sample_id"]) == drawn[2].test


GROUPED = {
    "cluster_kfold": "cluster", "speaker_kfold": "speaker", "script_kfold": "script",
    "source_kfold": "group", "leave_one_speaker_out": "speaker", "leave_one_subject_out": "speaker",
    "leave_one_session_out": "session", "no_speaker_sharing": "speaker",
    "pretraining": "speaker", "pretraining_all_pairs": "speaker",
    "no_speaker_sharing_30_dev": "speaker",
}  # fmt: skip


@pytest.mark.parametrize("scheme, column", GROUPED.items())
def test_groups_are_not_shared_by_training_and_test(scheme, column):
    frame = table(400)
    group = frame.set_index("sample_id")[column]
    for split in split_schemes.make(scheme, frame, 5, 2, 7):
        train, dev, test = (set(group.loc[list(split.part(part))]) for part in splits.PARTS)
        assert not train & test
        if scheme == "no_speaker_sharing":
            assert dev == test and len(test) == 2 and len(split.dev) == len(split.test) // 3
        elif scheme == "leave_one_subject_out":
            assert dev <= train and len(train) == 9 and len(test) == 1
            assert len(split.dev) == 45
        elif scheme == "no_speaker_sharing_30_dev":
            assert dev == test and len(split.dev) == int(0.3 * len(split.dev + split.test))
        elif scheme.startswith("pretraining"):
            assert dev <= train and len(test) == 2
        else:
            assert not dev & (train | test)


@pytest.mark.parametrize("scheme", [name for name, row in split_schemes.SCHEMES.items() if row[1]])
def test_a_scheme_that_broke_its_promise_would_be_refused(scheme, monkeypatch):
    """Every pair of parts that a scheme keeps apart is checked: a sample is moved between them."""
    frame, (draw, column, together) = table(400), split_schemes.SCHEMES[scheme]
    for one, other in combinations(range(3), 2):
        names = {splits.PARTS[one], splits.PARTS[other]}

        def wrong(given, one=one, other=other):
            for found in draw(given):
                parts = [list(part) for part in found]
                parts[other].append(parts[one].pop())
                yield tuple(np.array(part) for part in parts)

        monkeypatch.setitem(split_schemes.SCHEMES, scheme, (wrong, column, together))
        if names == {*together}:
            split_schemes.make(scheme, frame, 5, 1, 7)
        else:
            with pytest.raises(splits.SplitError, match="share"):
                split_schemes.make(scheme, frame, 5, 1, 7)


def test_too_few_groups_are_an_error():
    frame = table(40).assign(cluster="one")
    with pytest.raises(splits.SplitError, match="1 groups are fewer than 5 folds"):
        split_schemes.make("cluster_kfold", frame, 5, 1, 0)
    with pytest.raises(splits.SplitError, match="no column 'speaker'"):
        split_schemes.make("leave_one_speaker_out", frame.drop(columns="speaker"), 5, 1, 0)


@pytest.mark.parametrize("ratio", [0.02, 0.1, 0.5])
def test_fine_tuning_takes_its_share_of_the_held_out_speakers(ratio):
    frame = table(400)
    before = split_schemes.make("pretraining", frame, 5, 1, 7)[0]
    held = set(before.test)
    drawn = [split_schemes.fine_tuning(before, ratio, draw, frame, True) for draw in range(3)]
    random = [split_schemes.fine_tuning(before, ratio, draw, frame) for draw in range(3)]
    assert ratio < 0.1 or {*random[0].train} != {*drawn[0].train}
    for split in drawn + random:
        assert {*split.train, *split.dev, *split.test} == held
        assert len(split.train) == round(ratio * len(held))
        assert len(split.dev) == (len(held) - len(split.train)) // 4
    assert len({frozenset(split.train) for split in drawn}) == 3
    labels = frame.set_index("sample_id")["label"].loc[list(drawn[0].train)].value_counts()
    assert labels.max() - labels.min() <= 1
