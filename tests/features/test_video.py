from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from lib.features.video import VideoError, count_frames, frames, probe
from scripts import mediapipe_pose

FACES = Path(__file__).parents[2].parent / "shared" / "data" / "faces"


def make(path, count=40, size=(160, 120), sound_only=False, b_frames=0):
    with av.open(str(path), "w") as container:
        if sound_only:
            audio = container.add_stream("mp3", rate=16000, layout="mono")
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1152), np.int16), "s16p", "mono")
            frame.sample_rate = 16000
            container.mux(audio.encode(frame))
            container.mux(audio.encode(None))
            return path
        video = container.add_stream("mpeg4", rate=25)
        video.width, video.height, video.pix_fmt = *size, "yuv420p"
        video.codec_context.max_b_frames = b_frames
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
    assert count_frames(path)[1] == 0


def test_wanted_frames_only(tmp_path):
    path = make(tmp_path / "a.avi")
    wanted = {index: image for index, _, image in frames(path, {3, 17})}
    assert sorted(wanted) == [3, 17]
    everything = {index: image for index, _, image in frames(path)}
    np.testing.assert_array_equal(wanted[17], everything[17])


@pytest.mark.parametrize(("codec", "form"), [("mpeg4", "avi"), ("libx264", "mp4"), ("mjpeg", "avi")])
def test_colours_equal_those_of_frames_converted_alone(tmp_path, codec, form):
    path = encoded(tmp_path / f"a.{form}", codec, form, sizes=((98, 54),))
    with av.open(str(path)) as container:
        alone = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    np.testing.assert_array_equal(np.stack([image for _, _, image in frames(path)]), np.stack(alone))


def test_a_truncated_file_is_counted(tmp_path):
    path = make(tmp_path / "a.avi")
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 6 // 10])
    assert 5 <= count_frames(path)[1] <= 35
    assert len(list(frames(path))) == 40 - count_frames(path)[1]


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


def test_damaged_packets_are_counted_and_decoding_goes_on(tmp_path):
    path = make(tmp_path / "damaged.mp4")
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 400] = bytes(400)
    path.write_bytes(content)
    decoded = list(frames(path))
    assert 0 < len(decoded) == 40 - count_frames(path)[1] < 40
    assert decoded[-1][1] == pytest.approx(39 / 25)


def test_time_starts_at_the_first_frame_with_b_frames(tmp_path):
    path = make(tmp_path / "b.avi", b_frames=2)
    with av.open(str(path)) as container:
        assert next(container.decode(video=0)).time > 0  # what would shift all utterances
    assert [time for _, time, _ in frames(path)][:2] == pytest.approx([0, 1 / 25])


def encoded(path, codec, form, sizes=((64, 48),), b_frames=0, turn=None, count=20):
    """A video, `count` frames per size, that grows lighter; its top left quarter is red."""
    with av.open(str(path), "w", format=form) as container:
        video = container.add_stream(codec, rate=25)
        video.width, video.height = sizes[0]
        video.pix_fmt = pixels = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        video.codec_context.max_b_frames = b_frames
        if turn:
            video.set_display_rotation(*turn)
        for part, (width, height) in enumerate(sizes):
            encoder = video.codec_context
            if part:
                encoder = av.CodecContext.create(codec, "w")
                encoder.width, encoder.height, encoder.pix_fmt = width, height, pixels
                encoder.time_base = Fraction(1, 25)
            for number in range(count):
                image = np.full((height, width, 3), 5 * number, np.uint8)
                image[: height // 2, : width // 2] = (255, 0, 0)
                frame = av.VideoFrame.from_ndarray(image, "rgb24")
                frame.pts, frame.time_base = part * count + number, Fraction(1, 25)
                for packet in encoder.encode(frame):
                    packet.stream = video
                    container.mux(packet)
            for packet in encoder.encode(None):
                packet.stream = video
                container.mux(packet)
    return path


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_pictures_are_turned_and_mirrored_as_the_file_says(tmp_path, degrees, mirrored):
    path = encoded(tmp_path / "a.mp4", "mpeg4", "mp4", turn=(degrees, mirrored), count=3)
    plain = encoded(tmp_path / "b.mp4", "mpeg4", "mp4", count=3)
    (_, _, image), (_, _, upright) = next(frames(path)), next(frames(plain))
    expected = np.rot90(upright, degrees // 90)  # counter-clockwise
    np.testing.assert_array_equal(image, expected[:, ::-1] if mirrored else expected)
    info = probe(path)
    assert (info.height, info.width) == image.shape[:2]
    with av.open(str(path)) as container:  # the script stands alone, and must do the same
        np.testing.assert_array_equal(mediapipe_pose.upright(next(container.decode(video=0))), image)


def test_header_and_pictures_agree_on_a_matrix_that_is_no_rotation(tmp_path):
    path = encoded(tmp_path / "a.mp4", "mpeg4", "mp4", count=3)
    content = bytearray(path.read_bytes())
    place = content.index(b"tkhd") + 44  # the matrix of the track: a, b
    content[place + 4 : place + 8] = b"\0\1\x80\0"
    path.write_bytes(content)
    info, (_, _, image) = probe(path), next(frames(path))
    assert (info.height, info.width, 3) == image.shape


@pytest.mark.parametrize(
    ("codec", "form", "options", "copies", "message"),
    [
        ("libx264", "h264", {}, 1, r"pictures have no times.*-framerate"),
        ("libx264", "h264", {"b_frames": 2}, 1, r"pictures have no times.*-framerate"),
        ("libx264", "mpegts", {}, 2, r"goes back at picture 20, as in joined files.*NEW\.mp4"),
        ("mjpeg", "avi", {"sizes": ((64, 48), (48, 64))}, 1, r"picture 20 has another size.*NEW"),
    ],
)
def test_times_and_sizes_that_cannot_be_right_are_refused(tmp_path, codec, form, options, copies, message):
    path = encoded(tmp_path / f"a.{form}", codec, form, **options)
    path.write_bytes(path.read_bytes() * copies)
    for read in (lambda: list(frames(path)), lambda: count_frames(path)):
        with pytest.raises(VideoError, match=message) as error:
            read()
        assert path.name in str(error.value)


@pytest.mark.parametrize("b_frames", [0, 2, 5])
@pytest.mark.parametrize("form", ["avi", "mp4", "mpegts", "matroska"])
def test_times_are_in_the_order_of_the_pictures(tmp_path, form, b_frames):
    """AVI has no times of showing: decoded frames come with times in the order of storage."""
    decoded = list(frames(encoded(tmp_path / "a", "libx264", form, b_frames=b_frames)))
    times = np.array([time for _, time, _ in decoded])
    assert (np.diff(times) >= 0).all()
    late = b_frames / 25 if form == "avi" else 1e-3
    np.testing.assert_allclose(times, np.arange(20) / 25, atol=late + 1e-3)
    light = [float(image[-8:].mean()) for _, _, image in decoded]
    assert light == sorted(light)


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("single_face.mp4", 72),
        ("face_noface.mov", 169),  # hevc, variable rate
        ("no_face.mp4", 95),  # 98 in the header, of which an edit list hides 3
    ],
)
def test_real_videos_lose_nothing(name, count):
    path = FACES / name
    if not path.is_file():
        pytest.skip(f"no shared/data/faces/{name} beside the project")
    times = [time for _, time, _ in frames(path)]
    assert len(times) == count
    assert times[0] == 0
    assert (np.diff(times) > 0).all()
    assert count_frames(path)[1] == 0
