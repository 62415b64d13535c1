import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from lib.features.store import FeatureStore, FeatureStoreError, FeatureWriter


@settings(max_examples=25)
@given(
    st.lists(
        arrays(np.float32, array_shapes(min_dims=1, max_dims=4), elements=st.floats(-9, 9, width=32)),
        min_size=1,
        max_size=5,
    )
)
def test_round_trip(tmp_path_factory, features):
    path = tmp_path_factory.mktemp("store") / "feature.arrow"
    with FeatureWriter(path, {"rate": 30}) as writer:
        for number, array in enumerate(features):
            writer.write(f"s{number}", array)
    store = FeatureStore(path)
    assert list(store) == [f"s{number}" for number in range(len(features))]
    assert store.metadata == {"rate": 30}
    for number, array in enumerate(features):
        np.testing.assert_array_equal(store[f"s{number}"], array)


def test_features_are_views_of_the_file(tmp_path):
    path = tmp_path / "feature.arrow"
    with FeatureWriter(path, {}) as writer:
        writer.write("a", np.ones((3, 2), np.float32))
    array = FeatureStore(path)["a"]
    assert not array.flags.owndata
    assert not array.flags.writeable


def test_an_interrupted_writer_leaves_the_old_store(tmp_path):
    path = tmp_path / "feature.arrow"
    with FeatureWriter(path, {}) as writer:
        writer.write("old", np.ones(2, np.float32))
    with pytest.raises(RuntimeError), FeatureWriter(path, {}) as writer:
        writer.write("new", np.ones(2, np.float32))
        raise RuntimeError
    assert list(FeatureStore(path)) == ["old"]
    assert list(tmp_path.iterdir()) == [path]


def test_bad_features_are_refused(tmp_path):
    path = tmp_path / "feature.arrow"
    with FeatureWriter(path, {}) as writer:
        writer.write("a", np.zeros(2, np.float32))
        with pytest.raises(ValueError, match="sample a is written twice"):
            writer.write("a", np.zeros(2, np.float32))
        with pytest.raises(ValueError, match="sample b are not all finite"):
            writer.write("b", np.array([1, np.nan], np.float32))


def test_missing_store_says_what_to_do(tmp_path):
    with pytest.raises(FileNotFoundError, match="extraction stage"):
        FeatureStore(tmp_path / "none.arrow")


def written(path):
    with FeatureWriter(path, {"rate": 30}) as writer:
        for name in "ab":
            writer.write(name, np.full((40, 3), ord(name), np.float32))
    return path.read_bytes()


@pytest.mark.parametrize("error", [MemoryError("no memory"), OSError(5, "Input/output error")])
def test_a_store_that_the_machine_cannot_read_is_not_taken_for_damaged(error, tmp_path, monkeypatch):
    path = tmp_path / "feature.arrow"
    content = written(path)

    def lost(*arguments):
        raise error

    store = FeatureStore(path)
    monkeypatch.setattr("lib.features.store._checksum", lost)
    with pytest.raises(type(error)):
        store["a"]
    monkeypatch.setattr(pa, "memory_map", lost)
    with pytest.raises(type(error)):
        FeatureStore(path)
    assert [each.name for each in tmp_path.iterdir()] == [path.name] and path.read_bytes() == content


def test_the_same_features_are_the_same_bytes(tmp_path):
    assert written(tmp_path / "one.arrow") == written(tmp_path / "other.arrow")


def test_a_damaged_sample_is_found_when_it_is_read(tmp_path):
    path = tmp_path / "feature.arrow"
    content = bytearray(written(path))
    content[content.index(np.float32(ord("b")).tobytes() * 9) + 20] ^= 4
    path.write_bytes(content)
    store = FeatureStore(path)
    assert store["a"].shape == (40, 3) and path.is_file()
    with pytest.raises(FeatureStoreError, match=r"feature\.arrow: sample b is damaged.*`make repro`"):
        store["b"]
    assert [each.name for each in tmp_path.iterdir()] == ["feature.arrow.damaged-1"]
    assert store["a"].sum() == 120 * ord("a")


def test_a_damaged_or_older_store_is_found_when_it_is_opened(tmp_path):
    path = tmp_path / "feature.arrow"
    content = written(path)
    table = pa.table({"sample_id": ["a"], "shape": [[1]], "values": [[1.0]]})
    with pa.ipc.new_file(tmp_path / "older.arrow", table.schema) as writer:
        writer.write(table)
    for wrong in (content[:-40], b"", content[:8] + bytes(900), (tmp_path / "older.arrow").read_bytes()):
        path.write_bytes(wrong)
        with pytest.raises(FeatureStoreError, match=r"feature\.arrow.*`make repro`"):
            FeatureStore(path)
        assert not path.exists()


def test_a_table_at_the_end_that_lists_other_samples_is_found(tmp_path):
    path = tmp_path / "feature.arrow"
    content = written(path)
    shorter = 0
    for place in range(len(content) - 600, len(content)):
        changed = bytearray(content)
        changed[place] = 0
        try:
            listed = pa.ipc.open_file(pa.BufferReader(bytes(changed))).num_record_batches
        except (pa.ArrowException, OSError):
            continue
        path.write_bytes(changed)
        if listed != 2:
            shorter += 1
            with pytest.raises(FeatureStoreError, match=r"feature\.arrow"):
                FeatureStore(path)
    assert shorter
