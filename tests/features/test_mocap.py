import numpy as np
import pytest

from lib.features.mocap import KINDS, marker_files, part_means, read_markers


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
    times, values, lost = read_markers(path, "head")
    assert not lost and times[5] == 0.5 and values.shape == (20, 6) and np.isnan(values[3, 0])
    with pytest.raises(
        ValueError, match=r"Ses01F_impro01.txt cannot be read.*: 6 values a frame, not the 18"
    ):
        read_markers(path, "hand")


def damaged(path, change):
    lines = path.read_text().splitlines()
    path.write_text("\n".join(change(lines)) + "\n")


def test_a_lost_or_added_value_shifts_no_column(tmp_path):
    path = tmp_path / "MOCAP_head" / "Ses01F_impro01.txt"
    write(path, 20, 6)
    lost = lambda lines: [*lines[:6], "4 0.40000 4.0 4.0 4.0 4.0 4.0", *lines[7:]]  # noqa: E731
    damaged(path, lost)
    times, values, lacking = read_markers(path, "head")
    assert len(times) == 19 and 0.4 not in times and not np.isnan(values).any()
    assert lacking == ["1 of 20 lines of head markers have a wrong number of values"]


@pytest.mark.parametrize("headers", [0, 1, 2])
def test_missing_header_lines_lose_no_frame(tmp_path, headers):
    path = tmp_path / "MOCAP_head" / "Ses01F_impro01.txt"
    write(path, 20, 6)
    damaged(path, lambda lines: lines[2 - headers :])
    assert len(read_markers(path, "head")[0]) == 20


REFUSED = {
    "no frame after at most two": lambda lines: ["", "text"] * 9,
    "could not convert": lambda lines: [*lines[:6], "4 0.4 4.0 4.0 4.0 4.0 4,0 4.0", *lines[7:]],
    "times do not rise": lambda lines: [*lines[:9], *lines[4:]],
}


@pytest.mark.parametrize("message", REFUSED)
def test_what_are_no_markers_is_refused_by_name(tmp_path, message):
    path = tmp_path / "MOCAP_head" / "Ses01F_impro01.txt"
    write(path, 20, 6)
    damaged(path, REFUSED[message])
    with pytest.raises(ValueError, match=rf"Ses01F_impro01.txt.*{message}"):
        read_markers(path, "head")


def test_dialogue_without_its_own_file_takes_its_first_part(tmp_path):
    for kind, values in KINDS.items():
        write(tmp_path / f"MOCAP_{kind}" / "Ses05M_script01_1.txt", 3, values)
    found = marker_files(tmp_path, "Ses05M_script01_1b")
    assert {kind: path.name for kind, path in found.items()} == dict.fromkeys(KINDS, "Ses05M_script01_1.txt")
    write(tmp_path / "MOCAP_head" / "Ses05M_impro01.txt", 3, KINDS["head"])
    with pytest.raises(FileNotFoundError, match="copy them") as caught:
        marker_files(tmp_path, "Ses05M_impro01")
    assert [kind in str(caught.value) for kind in KINDS] == [True, False, True]


def test_part_means_by_hand():
    times = np.arange(10) / 10
    values = np.arange(10.0)[:, None]
    values[2] = np.nan
    means = part_means(times, values, 0.05, 0.65, 3)  # frames 1 to 6, the second hidden
    assert means[:, 0].tolist() == [0.5, 3.5, 5.5]
    assert part_means(times, values, 0.25, 0.45, 4)[:, 0].tolist() == [3, 3, 4, 4]
    assert part_means(times, values, 5, 6, 2).tolist() == [[0], [0]]
