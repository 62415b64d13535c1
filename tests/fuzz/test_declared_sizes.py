"""Sizes that a header declares are checked before anything of that size is made."""

import struct
import zlib

import h5py
import numpy as np
import pytest
import soundfile
from PIL import Image
from scipy.io import savemat

from lib.content import FileError, require_size
from lib.corpora import egait, matlab
from lib.features import speech
from lib.features.image_augmentation import read_picture
from lib.features.video import VideoError, count_frames, frames, probe
from tests.corpora.conftest import write_egait
from tests.features.test_video import encoded


def test_an_array_of_hdf5_that_was_never_written(tmp_path):
    write_egait(tmp_path, {"a": 0})
    with h5py.File(tmp_path / "features.h5", "a") as file:
        del file["a"]
        file.create_dataset("a", shape=(100_000_000, 48), dtype="float32", chunks=(75, 48))
    assert (tmp_path / "features.h5").stat().st_size < 100_000
    with pytest.raises(FileError, match=r"features\.h5: a has shape \(100000000, 48\)"):
        list(egait.joints(tmp_path))


@pytest.mark.parametrize("rate", [192_023, 44_101, 1])
def test_a_rate_that_no_recorder_has(tmp_path, rate):
    soundfile.write(tmp_path / "a.wav", np.zeros(20_000), 16_000)
    raw = (tmp_path / "a.wav").read_bytes()
    (tmp_path / "a.wav").write_bytes(raw[:24] + struct.pack("<I", rate) + raw[28:])
    for read in (speech.read_speech, speech.count_speech):
        with pytest.raises(FileError, match=rf"a\.wav cannot be read.* {rate} samples a second"):
            read(tmp_path / "a.wav")


@pytest.mark.parametrize("rate", [8000, 11_025, 22_050, 44_056, 44_100, 47_952, 48_000, 96_000, 192_000])
def test_a_rate_of_a_recorder(rate):
    speech.require_rate(rate)


def test_a_picture_larger_than_its_file_can_be(tmp_path):
    Image.new("RGB", (20, 20)).save(tmp_path / "a.png")
    raw = (tmp_path / "a.png").read_bytes()
    header = b"IHDR" + struct.pack(">II", 13_000, 13_000) + raw[24:29]
    (tmp_path / "a.png").write_bytes(raw[:12] + header + struct.pack(">I", zlib.crc32(header)) + raw[33:])
    with pytest.raises(FileError, match=r"a\.png .*declares 169000000 values"):
        read_picture(tmp_path / "a.png")


def test_frames_larger_than_8k(tmp_path, monkeypatch):
    path = encoded(tmp_path / "a.avi", "mpeg4", "avi", count=4)
    assert count_frames(path) == (4, 0)
    monkeypatch.setattr("lib.features.video.LIMITS", {"max_pixels": "1000"})
    assert count_frames(path) == (0, 4) and list(frames(path)) == []
    assert probe(path).frames == 4


def test_a_frame_that_comes_a_day_late(tmp_path, monkeypatch):
    path = encoded(tmp_path / "a.avi", "mpeg4", "avi", count=4)
    monkeypatch.setattr("lib.features.video.LONGEST_GAP", 0.01)
    with pytest.raises(VideoError, match=r"a\.avi: time jumps to 0\.04 s at picture 1.*NEW\.mp4"):
        list(frames(path))


@pytest.mark.parametrize("packed", [False, True])
def test_a_matlab_file_is_what_it_declares(tmp_path, packed):
    path = tmp_path / "a.mat"
    content = {"x": np.arange(6.0).reshape(2, 3), "s": {"name": "text", "many": np.array(["a", 1.5], object)}}
    savemat(path, content, do_compression=packed)
    found = matlab.load(path)
    assert found["x"].tolist() == content["x"].tolist() and found["s"]["name"] == "text"


def test_damage_of_a_matlab_file_is_found_before_scipy_reads_it(tmp_path):
    path = tmp_path / "a.mat"
    savemat(path, {"x": np.arange(6.0).reshape(2, 3)})
    raw = bytearray(path.read_bytes())
    changes = {
        128: (20, "type 20"),  # of the variable
        132: (1 << 31, "declares 2147483648 bytes"),
        144: (99, "class 99"),  # of the array
        160: (1 << 30, r"declares the shape \(1073741824, 3\)"),
        176: (15, "type 15|not one of"),  # of the numbers
    }
    for place, (value, message) in changes.items():
        damaged = raw.copy()
        damaged[place : place + 4] = struct.pack("<I", value)
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match=message):
            matlab.load(path)


def test_as_many_values_as_bytes_can_hold(tmp_path):
    (tmp_path / "a").write_bytes(b"1")
    require_size(tmp_path / "a", 10, 10)
    with pytest.raises(ValueError, match="declares 11 values, which 1 bytes cannot hold"):
        require_size(tmp_path / "a", 11, 10)
