"""What parts share is counted; nearly equal features are found, others are not."""

import numpy as np
import pandas as pd
import pytest

from lib.project import project_path
from lib.splits import leaks, split


@pytest.fixture
def drawn():
    """Two folds over eight samples of four speakers; fold 1 shares speaker b with training."""
    rows = [(0, "abcd", "ef", "gh"), (1, "abce", "gh", "df")]
    parts = [(fold, *(tuple(part) for part in parts)) for fold, *parts in rows]
    return [split.Split("s", 0, fold, 0, *three) for fold, *three in parts]


SAMPLES = pd.DataFrame(
    {"sample_id": list("abcdefgh"), "speaker": list("ppqqrrtt"), "session": [1, 1, 1, 1, 2, 2, 2, 2],
     "script": [None, None, "x", None, None, None, None, "x"], "dialogue": None}
)  # fmt: skip


def test_shared_groups_are_counted_in_all_pairs_of_parts(drawn, tmp_path):
    folds = pd.read_parquet(split.write(drawn, tmp_path / "splits.parquet"))
    found = leaks.leaks(folds, SAMPLES, {})
    assert list(found.columns) == ["test with dev", "test with train", "dev with train", "test"]
    # fold 0: speakers pq | r | t; fold 1: p q r | t | q r
    assert found.loc[("s", "speaker")].to_list() == [0, 2, 0, 4]
    # fold 0: 1 | 2 | 2; fold 1: 1 1 1 2 | 2 2 | 1 2
    assert found.loc[("s", "session")].to_list() == [3, 2, 2, 4]
    assert found.loc[("s", "script")].to_list() == [0, 1, 1, 1]
    assert ("s", "dialogue") not in found.index


def recordings(number, generator):
    """Features of as many recordings, of different lengths, each with a level of its own."""
    levels = generator.normal(size=(number, 40))
    return {
        f"u{row:03d}": (level + 0.1 * generator.normal(size=(50 + row % 7, 40))).astype(np.float32)
        for row, level in enumerate(levels)
    }


@pytest.mark.parametrize("noise", [0.0, 1e-3, 1e-2])
def test_near_duplicates_are_found_and_nothing_else(noise):
    generator = np.random.default_rng(0)
    store = recordings(300, generator)
    copies = {f"copy of {name}": store[name] for name in ("u003", "u250")}
    store |= {name: own + noise * generator.normal(size=own.shape) for name, own in copies.items()}
    store["none"] = np.zeros((0, 40), np.float32)
    groups = leaks.near_duplicates(store, [*store, "unknown"])
    assert {*groups.index} == {*store} - {"none"}
    same = groups[groups.duplicated(keep=False)]
    assert {frozenset(own.index) for _, own in same.groupby(same)} == {
        frozenset((name, f"copy of {name}")) for name in ("u003", "u250")
    }


def test_pictures_of_bytes_and_single_values_have_near_duplicates_too():
    generator = np.random.default_rng(0)
    pictures = {f"p{row}": generator.integers(0, 256, (2, 3, 8, 8), np.uint8) for row in range(50)}
    pictures["copy"] = pictures["p7"].copy()
    pictures["copy"][0, 0, 0, 0] ^= 1
    groups = leaks.near_duplicates(pictures, pictures)
    assert groups["copy"] == groups["p7"] and groups.nunique() == 50
    values = {f"v{row}": np.full(1, row, np.float32) for row in range(20)}
    assert leaks.near_duplicates(values | {"copy": np.full(1, 4.0)}, [*values, "copy"]).nunique() == 20


def test_a_duplicate_across_parts_is_counted(drawn, tmp_path):
    generator = np.random.default_rng(1)
    store = dict(zip("abcdefgh", recordings(8, generator).values(), strict=True))
    store["g"] = store["a"].copy()  # fold 0: train and test; fold 1: train and dev
    folds = pd.read_parquet(split.write(drawn, tmp_path / "splits.parquet"))
    found = leaks.leaks(folds, SAMPLES, {"mfcc": store})
    assert found.loc[("s", "near duplicate, mfcc")].to_list() == [0, 1, 1, 4]


def test_every_stored_table_of_leaks_names_scheme_and_group():
    stored = sorted(project_path("reports").glob("*/*/*/tables/leaks.csv"))
    assert stored
    for path in stored:
        assert {"scheme", "shared"} < {*pd.read_csv(path)}, path
