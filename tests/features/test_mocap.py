import numpy as np
import pytest

from lib.features.mocap import KINDS, marker_file, part_means, read_markers


def write(path, frames, values):
    lines = ["Frame# Time x", "  y z"]
    lines += [
        f"{frame} {frame / 10:.5f} " + " ".join(f"{frame}.0" for _ in range(values))
        for frame in range(frames)
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n")


def test_markers_and_their_times(tmp_path):
    path = tmp_path / "MOCAP_head" / "Ses01F_impro01.txt"
    write(path, 20, 6)
    path.write_text(path.read_text().replace("3 0.30000 3.0", "3 0.30000 NaN"))
    times, values = read_markers(path, "head")
    assert times[5] == 0.5 and values.shape == (20, 6) and np.isnan(values[3, 0])
    with pytest.raises(ValueError, match=r"Ses01F_impro01.txt: 6 values a frame, not the 18"):
        read_markers(path, "hand")


def test_dialogue_without_its_own_file_takes_its_first_part(tmp_path):
    write(tmp_path / "MOCAP_hand" / "Ses05M_script01_1.txt", 3, KINDS["hand"])
    found = marker_file(tmp_path, "hand", "Ses05M_script01_1b")
    assert found.name == "Ses05M_script01_1.txt"
    with pytest.raises(FileNotFoundError, match="copy MOCAP_hand"):
        marker_file(tmp_path, "hand", "Ses05M_impro01")


def test_part_means_by_hand():
    times = np.arange(10) / 10
    values = np.arange(10.0)[:, None]
    values[2] = np.nan
    means = part_means(times, values, 0.05, 0.65, 3)  # frames 1 to 6, the second hidden
    assert means[:, 0].tolist() == [0.5, 3.5, 5.5]
    assert part_means(times, values, 0.25, 0.45, 4)[:, 0].tolist() == [3, 3, 4, 4]
    assert part_means(times, values, 5, 6, 2).tolist() == [[0], [0]]
