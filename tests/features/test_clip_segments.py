from fractions import Fraction

import av
import numpy as np
import pytest

from lib.features import clip_frames, clip_sound, mel_images
from lib.features.speech import RATE, with_deltas
from lib.features.video import VideoError, frames


def write_clip(path, fps, seconds=2.0, sound=True, rate=44_100):
    """A clip with a click in sound and a white frame at one second."""
    with av.open(str(path), "w", format="avi") as container:
        video = container.add_stream("mpeg4", rate=fps)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        speech = container.add_stream("pcm_s16le", rate=rate, layout="mono") if sound else None
        for index in range(int(seconds * fps)):
            level = 255 if index == fps else 0
            image = av.VideoFrame.from_ndarray(np.full((48, 64, 3), level, np.uint8))
            image.pts, image.time_base = index, Fraction(1, fps)
            container.mux(video.encode(image))
        container.mux(video.encode())
        if speech is not None:
            wave = np.zeros((1, int(seconds * rate)), np.int16)
            wave[0, rate : rate + 200] = 20_000
            block = av.AudioFrame.from_ndarray(wave, format="s16", layout="mono")
            block.sample_rate, block.pts = rate, 0
            container.mux(speech.encode(block))
            container.mux(speech.encode())
    return path


@pytest.mark.parametrize("fps", [25, 30])
def test_sound_and_pictures_of_a_segment_are_of_the_same_time(tmp_path, fps):
    path = write_clip(tmp_path / "clip.avi", fps)
    wave = clip_sound.read_sound(path)
    assert len(wave) == pytest.approx(2 * RATE, abs=RATE / fps)
    click = int(np.abs(wave).argmax()) / RATE
    images = list(frames(path))
    white = next(time for _, time, image in images if image.mean() > 120)
    assert abs(click - white) < 0.5 / fps
    times = np.array([time for _, time, _ in images])
    found = mel_images.segments(wave, mel_images.MelImageSettings())
    for start, end in zip(found.starts, found.ends, strict=True):
        inside = clip_frames.within(times, start, end)
        assert abs(times[inside[0]] - start) <= 1 / fps
        assert abs(times[inside[-1]] + 1 / fps - end) <= 1 / fps
        assert len(clip_frames.exactly(inside)) == 20


def write_tones(path, form, codec, gap=(0.0, 0.0), pictures="mpeg4"):
    """A clip of 4 s with tones of a tenth of a second at 0.5, 1.5, 2.5 and 3.5 s.

    Sound between the times of `gap` is not in the file; the rest keeps its times.
    """
    with av.open(str(path), "w", format=form) as container:
        video = container.add_stream(pictures, rate=25)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        sound = container.add_stream(codec, rate=RATE, layout="mono")
        fitted = av.AudioResampler(format=sound.codec_context.format.name, rate=RATE)
        time = np.arange(4 * RATE) / RATE
        wave = np.sin(2 * np.pi * 440 * time) * (np.abs(time % 1 - 0.55) < 0.05)
        for index in range(100):
            image = av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8))
            image.pts, image.time_base = index, Fraction(1, 25)
            container.mux(video.encode(image))
            first = index * RATE // 25
            if gap[0] <= index / 25 < gap[1]:
                continue
            samples = (wave[None, first : first + RATE // 25] * 20_000).astype(np.int16)
            block = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
            block.sample_rate, block.pts, block.time_base = RATE, first, Fraction(1, RATE)
            for part in fitted.resample(block):
                container.mux(sound.encode(part))
        container.mux(video.encode())
        container.mux(sound.encode())
    return path


def tones(wave):
    """Times of the tones, seconds."""
    loud = np.convolve(np.abs(wave), np.ones(400) / 400, "same") > 0.1
    starts = np.flatnonzero(np.diff(loud.astype(int), prepend=0) == 1)
    return (starts / RATE).round(2).tolist()


@pytest.mark.parametrize(
    ("form", "codec", "gap", "expected", "missing"),
    [
        ("mp4", "aac", (0, 0), [0.5, 1.5, 2.5, 3.5], 0),
        ("mp4", "aac", (1, 2), [0.5, 2.5, 3.5], 1),
        ("matroska", "aac", (1, 2), [0.5, 2.5, 3.5], 1),
        ("matroska", "pcm_s16le", (1, 2), [0.5, 2.5, 3.5], 1),
        ("avi", "pcm_s16le", (0, 0), [0.5, 1.5, 2.5, 3.5], 0),
        ("avi", "mp3", (0, 0), [0.5, 1.5, 2.5, 3.5], 0),
    ],
)
def test_sound_stands_at_its_own_times(tmp_path, form, codec, gap, expected, missing):
    path = write_tones(tmp_path / "clip", form, codec, gap)
    found = tones(clip_sound.read_sound(path))
    np.testing.assert_allclose(found, expected, atol=0.08)  # MP3 is late in AVI
    assert clip_sound.count_sound(path)[1] == pytest.approx(missing, abs=0.13)
    assert (clip_sound.count_sound(path)[1] > 0) == (missing > 0)


@pytest.mark.parametrize(
    ("form", "codec"), [("mp4", "aac"), ("avi", "mp3"), ("matroska", "aac"), ("mpegts", "aac")]
)
def test_one_damaged_packet_takes_nothing_else_with_it(tmp_path, form, codec):
    path = write_tones(tmp_path / "clip", form, codec, pictures="mpeg2video")
    whole = clip_sound.read_sound(path)
    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux(audio=0) if packet.size]
    damaged = next(packet for packet in packets if packet.pts * packet.time_base > 1.9)
    content = bytearray(path.read_bytes())
    start = content.index(bytes(damaged)[:40], damaged.pos)
    content[start : start + min(damaged.size, 150)] = b"\xff\x00" * (min(damaged.size, 150) // 2)
    path.write_bytes(content)
    found = clip_sound.read_sound(path)
    assert abs(len(found) - len(whole)) < 0.1 * RATE
    np.testing.assert_allclose(tones(found)[-2:], [2.5, 3.5], atol=0.05)
    assert 0 < clip_sound.count_sound(path)[1] < 0.3


def test_a_clip_that_is_cut_or_joined(tmp_path):
    path = write_tones(tmp_path / "clip.avi", "avi", "pcm_s16le")
    whole = path.read_bytes()
    for share in (0.9, 0.6, 0.3):
        path.write_bytes(whole[: int(share * len(whole))])
        found = len(clip_sound.read_sound(path)) / RATE
        assert found + clip_sound.count_sound(path)[1] == pytest.approx(4, abs=0.1)
    joined = write_tones(tmp_path / "joined.ts", "mpegts", "aac", pictures="mpeg2video")
    joined.write_bytes(joined.read_bytes() * 2)
    with pytest.raises(VideoError, match=r"joined\.ts: time of the sound jumps.*NEW\.mp4"):
        clip_sound.read_sound(joined)


def test_segments_have_the_papers_length_and_shift():
    wave = np.random.default_rng(0).normal(0, 0.1, 2 * RATE).astype(np.float32)
    found = mel_images.segments(wave, mel_images.MelImageSettings())
    assert found.images.shape[1:] == (3, 64, 64) and found.images.dtype == np.uint8
    assert found.ends[0] - found.starts[0] == pytest.approx(0.655)
    assert np.diff(found.starts) == pytest.approx(0.3)
    assert found.images.min(axis=(0, 2, 3)).tolist() == [0] * 3
    assert found.images.max(axis=(0, 2, 3)).tolist() == [255] * 3
    short = mel_images.segments(wave[: RATE // 4], mel_images.MelImageSettings())
    assert len(short.images) == 1


@pytest.mark.parametrize("deltas", ["segment", "utterance"])
def test_deltas_are_those_of_the_segment_or_of_the_utterance(deltas):
    wave = np.random.default_rng(0).normal(0, 0.1, 2 * RATE).astype(np.float32)
    found = mel_images.segments(wave, mel_images.MelImageSettings(deltas=deltas)).images
    bands = mel_images.log_mel(wave)
    pieces = [bands[30 * number : 30 * number + 64] for number in range(len(found))]
    if deltas == "segment":
        expected = [np.asarray(with_deltas(piece)) for piece in pieces]
    else:
        whole = np.asarray(with_deltas(bands))
        expected = [whole[:, :, 30 * number : 30 * number + 64] for number in range(len(found))]
    whole = np.stack(expected, axis=1)  # (3, segments, 64, 64)
    low, high = (edge(whole, axis=(1, 2, 3), keepdims=True) for edge in (np.min, np.max))
    scaled = np.round(255 * (whole - low) / (high - low)).swapaxes(0, 1)
    np.testing.assert_allclose(found.astype(float), scaled, atol=1)
    same = np.abs(found[1, 1, :, 2:30].astype(int) - found[0, 1, :, 32:60])
    assert same.max() == 0  # two frames from the edges, the order makes no difference
    edges = np.abs(found[0, 1, :, 30].astype(int) - found[1, 1, :, 0])
    assert (edges.max() > 5) == (deltas == "segment")


def test_cosines_are_those_of_scipy():
    from scipy.fft import dct

    wave = np.random.default_rng(0).normal(0, 0.1, RATE).astype(np.float32)
    bands, cepstra = (mel_images.log_mel(wave, cosine).T.numpy() for cosine in (False, True))
    expected = dct(bands, axis=0, norm="ortho")
    np.testing.assert_allclose(cepstra[1:], expected[1:], atol=2e-3)


@pytest.mark.parametrize("number", [1, 2, 7, 16, 19, 20, 21, 24, 39])
def test_twenty_frames_whatever_the_segment(number):
    indices = np.arange(100, 100 + number)
    found = clip_frames.exactly(indices)
    assert len(found) == 20 and (np.diff(found) >= 0).all()
    lost = number - len(np.unique(found))
    front, back = found[0] - 100, 100 + number - 1 - found[-1]
    assert lost == max(0, number - 20) and 0 <= back - front <= 1
    if number < 20:
        first, last = (found == 100).sum(), (found == 100 + number - 1).sum()
        assert number == 1 or 0 <= first - last <= 1


@pytest.mark.parametrize(("number", "count"), [(16, 10), (20, 10), (24, 10), (20, 5), (21, 4)])
def test_fewer_frames_are_spread_over_the_twenty(number, count):
    indices = np.arange(100, 100 + number)
    found = clip_frames.exactly(indices, count)
    np.testing.assert_array_equal(found, clip_frames.exactly(indices)[:: 20 // count])


def test_frames_without_a_face_take_the_nearest():
    detected = np.array([False, True, False, False, False, True])
    found = clip_frames.nearest_detected(np.arange(6), detected)
    assert found.tolist() == [1, 1, 1, 1, 5, 5]
    with pytest.raises(ValueError, match="no frame of the clip has a face"):
        clip_frames.nearest_detected(np.arange(3), np.zeros(3, bool))
    assert clip_frames.within(np.array([0.0, 0.5]), 0.1, 0.2).tolist() == [0]
    with pytest.raises(ValueError, match="without frames"):
        clip_frames.within(np.array([]), 0, 1)


def test_clips_without_sound_and_damaged_ones(tmp_path):
    silent = write_clip(tmp_path / "silent.avi", 25, sound=False)
    with pytest.raises(VideoError, match=r"silent\.avi has no audio stream"):
        clip_sound.read_sound(silent)
    whole = write_clip(tmp_path / "whole.avi", 25)
    cut = tmp_path / "cut.avi"
    cut.write_bytes(whole.read_bytes()[: int(0.7 * whole.stat().st_size)])
    assert 0 < len(clip_sound.read_sound(cut)) < len(clip_sound.read_sound(whole))
    (tmp_path / "none.avi").write_bytes(b"nothing")
    with pytest.raises(VideoError, match="cannot be opened"):
        clip_sound.read_sound(tmp_path / "none.avi")
    with pytest.raises(FileNotFoundError, match="missing"):
        clip_sound.read_sound(tmp_path / "missing.avi")
