"""Emotion-Gait's reader on its layout and damaged copies of it, and on the real gaits."""

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from lib.corpora import egait
from lib.corpora.catalogue import CorpusError

KEYS = {
    "001_Angry_positions.csv": 1,
    "001_Happy_positions.csv": 3,
    "02_01_positions.csv": 0,
    "1_2_8_positions.csv": 2,
    "1_2_9_positions.csv": 2,
    "1_3_9_positions.csv": 2,
    "7_Scene_11_database_normed_positions.csv": 0,
    "File12_positions.csv": 0,
    "File3_positions.csv": 3,
    "S11_2_positions.csv": 2,
}


@pytest.fixture
def folder(tmp_path: Path, make_egait: Callable[..., Path]) -> Path:
    return make_egait(tmp_path / "egait", KEYS)


def test_table(folder: Path) -> None:
    table = egait.read(folder).set_index("sample_id")
    assert list(table.index) == sorted(KEYS)
    assert {key: egait.LABELS[number] for key, number in KEYS.items()} == table["label"].to_dict()
    assert table["speaker"].isna().all()
    assert table["acted"].dropna().to_dict() == {
        "001_Angry_positions.csv": "angry",
        "001_Happy_positions.csv": "happy",
    }
    assert table["group"].tolist() == [
        *("seq_take", "seq_take", "#_#", "#_#_#", "#_#_#", "#_#_#"),
        *("#_Scene_#_database_normed", "File#", "File#", "S#_#"),
    ]
    assert table["cluster"].tolist() == [
        *("seq_take:001", "seq_take:001", "#_#:02", "#_#_#:1_2", "#_#_#:1_2", "#_#_#:1_3"),
        "#_Scene_#_database_normed:7_Scene_11_database_normed",
        *("File#:File", "File#:File", "S#_#:S11"),
    ]


def test_joints_keep_the_order_of_the_columns(folder: Path) -> None:
    with h5py.File(folder / "features.h5") as features:
        stored = {key: features[key][()] for key in features}
    found = dict(egait.joints(folder))
    assert list(found) == list(stored)
    for key, positions in found.items():
        assert positions.shape == (75, 16, 3)
        assert positions.dtype == np.float32
        for joint in range(16):
            columns = stored[key][:, 3 * joint : 3 * joint + 3]
            np.testing.assert_array_equal(positions[:, joint], columns)


def test_skeleton_is_a_tree() -> None:
    assert len(egait.JOINTS) == len(set(egait.JOINTS)) == len(egait.PARENTS) == 16
    assert all(-1 <= parent < joint for joint, parent in enumerate(egait.PARENTS))
    assert egait.PARENTS.count(-1) == 1


def test_a_shorter_gait_is_repeated(tmp_path: Path, make_egait: Callable[..., Path]) -> None:
    folder = make_egait(tmp_path / "short", {"1_1": 0}, frames=33)
    ((_, positions),) = egait.joints(folder)
    assert positions.shape == (75, 16, 3)
    np.testing.assert_array_equal(positions[33:66], positions[:33])
    np.testing.assert_array_equal(positions[66:], positions[:9])
    assert egait.cycle_length(positions) == 33


def test_a_gait_that_does_not_repeat_has_no_cycle() -> None:
    frames = np.random.default_rng(1).normal(size=(75, 16, 3))
    assert egait.cycle_length(frames) is None


def test_copies_under_other_keys_are_found(folder: Path) -> None:
    with h5py.File(folder / "features.h5", "a") as features:
        features["S11_2_positions.csv"][...] = features["02_01_positions.csv"][()]
    assert egait.check(folder, strict=False)["copies of another gait"] == 1


def test_a_nan_joint_is_counted_and_its_gait_named(folder: Path) -> None:
    with h5py.File(folder / "features.h5", "a") as features:
        features["02_01_positions.csv"][3, 7:9] = np.nan  # two coordinates of the neck
        features["02_01_positions.csv"][4, 0] = np.inf
    with pytest.raises(CorpusError, match=r"02_01_positions.csv has 2 joint positions"):
        list(egait.joints(folder))
    with pytest.raises(CorpusError, match=r"02_01_positions.csv"):
        egait.check(folder, strict=False)


@pytest.mark.parametrize("shape", [(75, 51), (76, 48), (0, 48), (75 * 48,)])
def test_an_array_of_another_shape(folder: Path, shape: tuple[int, ...]) -> None:
    with h5py.File(folder / "features.h5", "a") as features:
        del features["1_2_8_positions.csv"]
        features["1_2_8_positions.csv"] = np.zeros(shape)
    with pytest.raises(CorpusError, match=r"1_2_8_positions.csv has shape"):
        list(egait.joints(folder))


def test_keys_without_a_label(folder: Path) -> None:
    with h5py.File(folder / "labels.h5", "a") as labels:
        del labels["02_01_positions.csv"]
    with pytest.raises(CorpusError, match=r"1 keys .* first 02_01_positions.csv"):
        egait.read(folder)


@pytest.mark.parametrize("label", [4, 1.7, np.nan, -1, [0, 1, 0, 0], [], "happy"])
def test_a_label_that_is_no_class(folder: Path, label: object) -> None:
    with h5py.File(folder / "labels.h5", "a") as labels:
        del labels["02_01_positions.csv"]
        labels["02_01_positions.csv"] = label
    with pytest.raises(CorpusError, match=r"labels.h5: 02_01_positions.csv has the label"):
        egait.read(folder)


@pytest.mark.parametrize("label", [2.0, [2], [[2]], np.int8(2)])
def test_a_class_number_in_another_form(folder: Path, label: object) -> None:
    with h5py.File(folder / "labels.h5", "a") as labels:
        del labels["02_01_positions.csv"]
        labels["02_01_positions.csv"] = label
    assert egait.read(folder).set_index("sample_id").loc["02_01_positions.csv", "label"] == "sad"


def test_acted_walks_are_grouped_by_actor(tmp_path: Path, make_egait: Callable[..., Path]) -> None:
    """Keys of the form of the release of 342: 30 actors, four acted emotions."""
    acted = {"an": "angry", "ha": "happy", "nu": "neutral", "sa": "sad"}
    keys = [f"actor{n:02d}_x_walk_{code}_1_positions.csv" for n in range(30) for code in acted]
    folder = make_egait(tmp_path / "walks", {key: n % 4 for n, key in enumerate(keys)})
    table = egait.read(folder)
    assert table["cluster"].nunique() == 30 and set(table["group"]) == {"walk_take"}
    assert table["cluster"].iloc[0] == "walk_take:actor00_x"
    assert (table.groupby("cluster")["acted"].nunique() == 4).all()
    assert set(table["acted"]) == set(acted.values())
    counts = egait.check(folder, strict=True)  # a part of the release of 342
    assert counts["gaits"] == 120 and counts["not in the copy, of 342"] == 222


@pytest.mark.parametrize("name", ["features.h5", "labels.h5"])
def test_missing_and_damaged_files(folder: Path, name: str) -> None:
    (folder / name).write_bytes((folder / name).read_bytes()[:1000])
    with pytest.raises(
        CorpusError,
        match=f"{name} is damaged or of another form",
    ):
        egait.read(folder)
    (folder / name).unlink()
    with pytest.raises(CorpusError, match=f"no .*{name}"):
        egait.read(folder)


def test_an_index_must_agree(folder: Path) -> None:
    rows = [f"{key},{egait.LABELS[number]}" for key, number in KEYS.items()]
    index = folder / "index.csv"
    index.write_text("\n".join(["key,perceived_emotion", *rows]) + "\n")
    assert len(egait.read(folder)) == len(KEYS)
    index.write_text("\n".join(["key,perceived_emotion", *rows[1:]]) + "\n")
    with pytest.raises(CorpusError, match=r"1 gaits, first 001_Angry_positions.csv"):
        egait.read(folder)
    index.write_text("\n".join(["key,perceived_emotion", *rows, rows[0]]) + "\n")
    with pytest.raises(CorpusError, match="a key occurs twice"):
        egait.read(folder)
    index.write_bytes(b"key,perceived_emotion\ncaf\xe9,sad\n")
    with pytest.raises(CorpusError, match=r"index.csv is damaged .*: UnicodeDecodeError"):
        egait.read(folder)
    index.write_text("name,emotion\n")
    with pytest.raises(CorpusError, match="needs the columns"):
        egait.read(folder)


def test_counts_of_a_known_release(egait_release: Path) -> None:
    counts = egait.check(egait_release, strict=True)
    assert counts["gaits"] == 222
    assert (counts["angry"], counts["happy"]) == (26, 76)


@pytest.mark.parametrize(("angry", "accepted"), [(33, True), (34, False)])
def test_a_part_of_the_larger_release(
    tmp_path: Path, make_egait: Callable[..., Path], angry: int, accepted: bool
) -> None:
    folder = make_egait(tmp_path / "part", {f"{n}_1": 1 for n in range(angry)})
    if accepted:
        assert egait.check(folder, strict=True)["angry"] == 33
        return
    with pytest.raises(CorpusError, match=r"angry +33 +34 +1"):
        egait.check(folder, strict=True)


def test_a_copy_that_is_no_known_release(egait_release: Path) -> None:
    with h5py.File(egait_release / "labels.h5", "a") as labels:
        labels["000_00_positions.csv"][...] = 1
    with pytest.raises(CorpusError) as caught:
        egait.check(egait_release, strict=True)
    lines = str(caught.value).split("\n")[2:]
    assert [line.split() for line in lines] == [
        ["happy", "76", "75", "-1"],
        ["angry", "26", "27", "1"],
    ]


def test_the_real_gaits(shared_data: Callable[[str], Path]) -> None:
    folder = shared_data("egait")
    counts = egait.check(folder, strict=True)
    assert counts["gaits"] == 222
    assert counts["copies of another gait"] == 0
    assert counts["repeat a cycle"] == 221
    table = egait.read(folder)
    acted = table.dropna(subset="acted")
    assert (acted["acted"] == acted["label"]).sum() == 50
    bones = [joint for joint, parent in enumerate(egait.PARENTS) if parent >= 0]
    parents = [egait.PARENTS[joint] for joint in bones]
    for _, positions in egait.joints(folder):
        lengths = np.linalg.norm(positions[:, bones] - positions[:, parents], axis=-1)
        assert lengths.mean(axis=0).min() > 0.03
        assert lengths.mean(axis=0).max() < 0.5
        assert np.median(positions[:, 3, 1] - positions[:, 12, 1]) > 0.7  # head above foot
