import numpy as np
import pytest
from PIL import Image
from skimage import data

from lib.features import faces


@pytest.fixture(scope="module")
def portrait():
    return np.asarray(Image.fromarray(data.astronaut()).resize((256, 256)))


EYES, MOUTH = (110, 55), (115, 75)  # of the portrait, pixels


@pytest.mark.parametrize("name", ["mtcnn", "dlib"])
def test_the_face_of_a_portrait_and_none_in_the_dark(portrait, name):
    pytest.importorskip({"mtcnn": "facenet_pytorch", "dlib": "dlib"}[name])
    dark = np.zeros_like(portrait)
    moved = np.roll(portrait, 60, axis=1)
    found = [face for _, face in faces.detect_all(iter([portrait, dark, moved]),
                                                  faces.detector(name), batch=2)]  # fmt: skip
    assert found[1] is None
    x1, y1, x2, y2 = found[0].box
    for x, y in (EYES, MOUTH):
        assert x1 < x < x2 and y1 < y < y2
    assert 30 < x2 - x1 < 110
    assert found[2].box[0] - x1 == pytest.approx(60, abs=6)


def test_crops_are_square_and_centred(portrait):
    picture = np.zeros((100, 160, 3), np.uint8)
    picture[40:60, 70:90] = 255
    square = faces.crop(picture, faces.Face((70, 40, 90, 60), 1.0), size=48, margin=0.5)
    assert square.shape == (48, 48, 3)
    assert square[24, 24].min() == 255 and square[4, 4].max() == 0
    rows = np.flatnonzero(square[:, 24, 0] > 127)
    assert rows[0] + rows[-1] == pytest.approx(47, abs=1)
    for corner in [(30, 20), (-50, 20), (150, 90), (400, 20), (30, -300)]:  # inside, over edges, beyond
        box = (*corner, corner[0] + 40, corner[1] + 50)
        (x1, y1, x2, y2), whole = (
            (corner[0] - 10, corner[1] - 5, box[2] + 10, box[3] + 5),
            Image.fromarray(picture),
        )
        expected = whole.crop((x1, y1, x2, y2)).resize((32, 32), Image.Resampling.BILINEAR)
        found = faces.crop(picture, faces.Face(box, 1.0), size=32, margin=0.1)
        np.testing.assert_array_equal(found, np.asarray(expected))
    outside = faces.crop(portrait, faces.Face((-40, -40, 20, 20), 1.0), size=64, margin=0)
    assert outside.shape == (64, 64, 3) and outside[:20, :20].max() == 0


@pytest.mark.parametrize("smallest", [40, 41, 47, 49, 98])
@pytest.mark.parametrize("turned", [False, True])
def test_no_face_in_a_picture_lower_than_the_smallest_face(smallest, turned):
    pytest.importorskip("facenet_pytorch")
    detect = faces.detector("mtcnn", smallest)
    for height in (smallest - 1, smallest, smallest + 1):
        picture = np.zeros((height, 120, 3), np.uint8)
        assert detect([picture.swapaxes(0, 1) if turned else picture] * 2) == [None, None]


def test_unknown_detectors_are_named():
    with pytest.raises(ValueError, match="'ssd' is not mtcnn or dlib"):
        faces.detector("ssd")


def test_a_face_that_leaves_the_picture(shared_data):
    """Real video: detections stop where the face leaves."""
    from lib.features.video import frames

    pytest.importorskip("dlib")
    path = shared_data("faces") / "face_noface.mov"
    images = (image[::4, ::4] for _, _, image in frames(path))
    found = np.array([face is not None for _, face in faces.detect_all(images, faces.detector("dlib"))])
    first, last = found[: len(found) // 4], found[-len(found) // 4 :]
    assert first.mean() > 0.8 and last.mean() < 0.2


def test_boxes_are_smoothed_over_time():
    def at(left):
        return faces.Face((left, 10.0, left + 20, 30.0), 1.0)

    found = [at(5.0), at(50.0), None, at(7.0), at(8.0)]
    assert faces.smooth(found, 0) == found
    smoothed = faces.smooth(found, 2)
    assert smoothed[2] is None and [face.box[0] for face in smoothed if face] == [27.5, 7.0, 8.0, 7.5]
    assert smoothed[0].box == (27.5, 10, 47.5, 30) and smoothed[0].score == 1
