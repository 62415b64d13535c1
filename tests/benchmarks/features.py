"""Extraction and storage of features against libraries."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from lib.features import prosody, speech, store, video
from tests.benchmarks.harness import Pair, close

MFCC_CONFIGURATION = Path(__file__).parents[1] / "features" / "opensmile_mfcc.conf"


def _speech(size):
    generator = np.random.default_rng(0)
    samples = generator.normal(0, 3000, (round(20 * size), 4 * speech.RATE)).round()  # as in a wav file
    waves = list((samples / 32768).astype(np.float32))
    theirs = lambda wave: prosody.opensmile_features(wave, MFCC_CONFIGURATION, "lld")  # noqa: E731
    return lambda: [speech.mfcc39(w) for w in waves], lambda: [theirs(w) for w in waves]


def _speech_agrees(ours, theirs):
    """Accelerations of openSMILE end two frames earlier."""
    for one, other in zip(ours, theirs, strict=True):
        assert one.shape == other.shape
        np.testing.assert_allclose(one[:-2], other[:-2], atol=2e-3)


def _folder():
    made = TemporaryDirectory()
    return made, Path(made.name)


def _gaits(size):
    generator = np.random.default_rng(0)
    names = [f"gait{number}" for number in range(round(1000 * size))]
    arrays = {name: generator.normal(size=(3, 75, 16)).astype(np.float32) for name in names}
    order = generator.permutation(names)
    return arrays, [order[start : start + 50] for start in range(0, len(names), 50)]


def _batches(read, batches):
    return [np.stack([read(name) for name in batch]) for batch in batches]


def _store_against(write):
    """The store against another form that `write` makes: a function of arrays and a folder, to a reader."""

    def make(size):
        arrays, batches = _gaits(size)
        kept, folder = _folder()
        with store.FeatureWriter(folder / "gait.arrow", {}) as writer:
            for name, array in arrays.items():
                writer.write(name, array)
        own, other = store.FeatureStore(folder / "gait.arrow"), write(arrays, folder)
        return lambda: (kept, _batches(own.__getitem__, batches))[1], lambda: _batches(other, batches)

    return make


def _single_files(arrays, folder):
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
    return lambda name: np.load(folder / f"{name}.npy")


def _hdf5(arrays, folder):
    import h5py

    file = h5py.File(folder / "gait.h5", "w")
    for name, array in arrays.items():
        file[name] = array
    file.flush()
    return lambda name: file[name][()]


def _video(size):
    """A video of moving shapes, 640 x 480, in MPEG-4."""
    import av

    kept, folder = _folder()
    path = folder / "clip.avi"
    y, x = np.mgrid[:480, :640]
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = 640, 480, "yuv420p", 4_000_000
        for number in range(round(150 * size)):
            picture = np.stack([x // 3 + number, y // 2 + 2 * number, (x + y) // 5], axis=2) % 256
            for packet in stream.encode(av.VideoFrame.from_ndarray(picture.astype(np.uint8), "rgb24")):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return kept, path


def _sampled(picture):
    return picture[::16, ::16].astype(int)


def _against_opencv(size):
    import cv2

    kept, path = _video(size)
    cv2.setNumThreads(1)

    def theirs():
        pictures, capture = [], cv2.VideoCapture(str(path))
        while (read := capture.read())[0]:
            pictures.append(_sampled(cv2.cvtColor(read[1], cv2.COLOR_BGR2RGB)))
        return pictures

    return lambda: (kept, [_sampled(picture) for _, _, picture in video.frames(path)])[1], theirs


def _against_pyav(size):
    import av

    kept, path = _video(size)

    def theirs():
        with av.open(str(path)) as container:
            return [_sampled(frame.to_ndarray(format="rgb24")) for frame in container.decode(video=0)]

    return lambda: (kept, [_sampled(picture) for _, _, picture in video.frames(path)])[1], theirs


def _similar(ours, theirs):
    assert len(ours) == len(theirs)
    assert np.abs(np.stack(ours) - np.stack(theirs)).mean() < 2


PAIRS = [
    Pair(
        "39 spectral values of 20 utterances of 4 s",
        "openSMILE",
        _speech,
        _speech_agrees,
        "within 0.002",
        "opensmile",
    ),
    Pair(
        "batches of gaits from the feature store",
        "a file of NumPy each",
        _store_against(_single_files),
        close(0),
        "equal",
    ),
    Pair(
        "batches of gaits from the feature store",
        "a data set of HDF5 each",
        _store_against(_hdf5),
        close(0),
        "equal",
        "h5py",
    ),
    Pair(
        "pictures of a video of 6 s",
        "OpenCV",
        _against_opencv,
        _similar,
        "within 2 of 255 on average",
        "cv2",
    ),
    Pair(
        "pictures of a video of 6 s",
        "PyAV, frame by frame",
        _against_pyav,
        _similar,
        "within 2 of 255 on average",
    ),
]
