import av
import numpy as np
import pytest

from lib.features.video import VideoError, frames, lost_frames, probe


def make(path, count=40, size=(160, 120), sound_only=False):
    with av.open(str(path), "w", format="avi") as container:
        if sound_only:
            audio = container.add_stream("mp3", rate=16000, layout="mono")
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1152), np.int16), "s16p", "mono")
            frame.sample_rate = 16000
            container.mux(audio.encode(frame))
            container.mux(audio.encode(None))
            return path
        video = container.add_stream("mpeg4", rate=25)
        video.width, video.height, video.pix_fmt = *size, "yuv420p"
        for number in range(count):
            image = np.full((size[1], size[0], 3), 5 * number, np.uint8)
            image[: number + 1, :, 0] = 255
            container.mux(video.encode(av.VideoFrame.from_ndarray(image, "rgb24")))
        container.mux(video.encode(None))
    return path


def test_header_and_frames_agree(tmp_path):
    path = make(tmp_path / "a.avi")
    info = probe(path)
    assert (info.frames, info.width, info.height) == (40, 160, 120)
    assert info.fps == pytest.approx(25)
    decoded = list(frames(path))
    assert [index for index, _, _ in decoded] == list(range(40))
    assert decoded[0][1] == 0
    assert decoded[25][1] == pytest.approx(1.0)
    brightness = [float(image[-1].mean()) for _, _, image in decoded]
    assert brightness == sorted(brightness)
    assert lost_frames(path) == 0


def test_wanted_frames_only(tmp_path):
    path = make(tmp_path / "a.avi")
    wanted = {index: image for index, _, image in frames(path, {3, 17})}
    assert sorted(wanted) == [3, 17]
    everything = {index: image for index, _, image in frames(path)}
    np.testing.assert_array_equal(wanted[17], everything[17])


def test_a_truncated_file_is_counted(tmp_path):
    path = make(tmp_path / "a.avi")
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 6 // 10])
    assert 5 <= lost_frames(path) <= 35
    assert len(list(frames(path))) == 40 - lost_frames(path)


def test_what_is_no_video_is_refused_by_name(tmp_path):
    text = tmp_path / "text.avi"
    text.write_text("hello")
    for path, message in (
        (text, "cannot be opened"),
        (make(tmp_path / "s.avi", sound_only=True), "no video stream"),
    ):
        with pytest.raises(VideoError, match=message) as error:
            probe(path)
        assert path.name in str(error.value)
    with pytest.raises(FileNotFoundError, match=r"none\.avi"):
        probe(tmp_path / "none.avi")
