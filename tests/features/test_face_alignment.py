from pathlib import Path

import numpy as np
import pytest

from lib.features import faces, video
from lib.features.face_alignment import TEMPLATE, align, sampled, similarity, track
from lib.features.faces import Face
from scripts.sample_corpora import faces as drawn
from scripts.sample_corpora import people as drawn_people
from scripts.sample_corpora.people import Expression, Pose


def test_a_similarity_brings_turned_points_back():
    turn = np.deg2rad(20)
    rotation = 1.7 * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    points = TEMPLATE * 64 @ rotation.T + [30, -12]
    found = similarity(points, 64)
    moved = np.c_[points, np.ones(3)] @ found.T
    np.testing.assert_allclose(moved[:, :2], TEMPLATE * 64, atol=1e-9)
    scale = np.sqrt(np.linalg.det(found[:2, :2]))
    np.testing.assert_allclose(found[:2, :2] @ found[:2, :2].T, scale**2 * np.eye(2), atol=1e-9)
    with pytest.raises(ValueError, match="do not define an alignment"):
        similarity(np.ones((3, 2)), 64)


def test_pixels_follow_the_points():
    image = np.zeros((80, 100, 3), np.uint8)
    points = np.array([[30, 30], [60, 36], [42, 52]], float)
    for x, y in points.astype(int):
        image[y - 1 : y + 2, x - 1 : x + 2] = 255
    face = align(image, points, 48)
    assert face.shape == (48, 48, 3)
    places = np.c_[points, np.ones(3)] @ similarity(points, 48).T
    for x, y in places[:, :2].round().astype(int):
        assert face[y - 1 : y + 2, x - 1 : x + 2].max() > 120


@pytest.mark.parametrize("fps", [15, 25, 29.97, 60])
def test_four_frames_a_second_of_any_rate(fps):
    times = np.arange(round(10 * fps)) / fps
    frames = ((i, time, np.array([[[i % 256, i // 256, 0]]], np.uint8)) for i, time in enumerate(times))
    found = list(sampled(frames, 4))
    assert [time for time, _ in found] == [k / 4 for k in range(40)]
    for time, image in found:
        shown = int(image[0, 0, 0]) + 256 * int(image[0, 0, 1])
        assert abs(times[shown] - time) <= 0.5 / fps + 1e-9


def test_slow_videos_give_frames_more_than_once():
    frames = ((i, i / 2, np.full((1, 1, 3), i, np.uint8)) for i in range(5))
    assert [int(image[0, 0, 0]) for _, image in sampled(frames, 4)] == [0, 0, 1, 1, 2, 2, 3, 3, 4]
    assert list(sampled(iter(()), 4)) == []


def numbered(count):
    for index in range(count):
        yield index / 4, np.full((40, 40, 3), index, np.uint8)


def face_at(x, y=10):
    points = ((x, y), (x + 10.0, y), (x + 5.0, y + 8))
    return Face((0, 0, 20, 20), 1.0, points)


@pytest.mark.parametrize("every", [1, 2, 3])
def test_frames_between_two_looks_get_points_between(every):
    looked = []

    def detect(images):
        looked.extend(int(image[0, 0, 0]) for image in images)
        return [None if image[0, 0, 0] == 6 else face_at(float(image[0, 0, 0])) for image in images]

    found = list(track(numbered(11), detect, 16, every))
    assert [frame.time for frame in found] == [k / 4 for k in range(11)]
    assert looked == list(range(0, 11, every))
    missing = {k for k, frame in enumerate(found) if frame.face is None}
    assert missing == {1: {6}, 2: {5, 6, 7}, 3: {4, 5, 6, 7, 8}}[every]
    for index, frame in enumerate(found):  # where points move as the looks say, frames agree
        if frame.face is not None and index <= 9 // every * every:
            points = np.array(face_at(float(index)).points)
            picture = np.full((40, 40, 3), index, np.uint8)
            np.testing.assert_array_equal(frame.face, align(picture, points, 16))


@pytest.mark.parametrize("every", [2, 3, 4])
def test_between_looks_at_two_people_is_no_background(every):
    """Two faces are the best one by turns; the frames between show one or the other."""
    places, looks = (30.0, 150.0), iter(range(100))
    image = np.zeros((40, 200, 3), np.uint8)
    for place in places:
        image[5:25, int(place) - 5 : int(place) + 16] = 255

    def detect(images):
        return [face_at(places[next(looks) % 2]) for _ in images]

    found = list(track(((k / 4, image) for k in range(13)), detect, 16, every))
    assert len(found) == 13
    assert min(frame.face[6:10, 6:10].min() for frame in found) == 255


def test_a_detector_without_points_is_refused():
    with pytest.raises(ValueError, match="file of dlib's landmarks"):
        list(track(numbered(2), lambda images: [Face((0, 0, 9, 9), 1.0)] * len(images), 16))


def people(number, seed=3):
    generator = np.random.default_rng(seed)
    for index in range(number):
        who = drawn_people.person(seed, f"p{index % 4}", index % 2 == 0)
        wall = drawn.background(who, (128, 96), generator)
        x, y, roll = generator.normal(0, [0.05, 0.03, 5])
        image = drawn.draw(who, Expression(jaw=0.5), Pose(x, y, roll, 1.25), wall)
        yield np.asarray(image), (x, y, roll)


def truth(pose):
    """Eyes and nose of a drawn face in a picture of 128 x 96."""
    x, y, roll = pose
    unit = 0.235 * 192 * 1.25
    middle = np.array([128 + 2 * unit * x, 192 * 0.47 + 2 * unit * y])
    turn = np.deg2rad(roll)
    axes = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    parts = np.array([[-0.42, -0.12], [0.42, -0.12], [0.0, 0.38]])
    return (middle + unit * parts @ axes) / 2


def test_mtcnn_finds_the_eyes_and_nose_of_drawn_faces():
    pictures = list(people(16))
    found = faces.detector("mtcnn", 40)([image for image, _ in pictures])
    assert all(face is not None for face in found)
    errors = [
        np.linalg.norm(np.array(face.points) - truth(pose), axis=1)
        for face, (_, pose) in zip(found, pictures, strict=True)
    ]
    assert np.median(errors) < 3  # pixels; the eyes are 23 apart
    raw = np.array([face.points for face in found])
    spread = np.sqrt(((raw - raw.mean(axis=0)) ** 2).sum(axis=2).mean())
    aligned = np.array(
        [np.c_[own, np.ones(3)] @ similarity(own, 96).T[:, :2] for own in raw]
    )  # (faces, 3, 2)
    moved = np.sqrt(((aligned - aligned.mean(axis=0)) ** 2).sum(axis=2).mean())
    assert moved < 0.5 * spread


def packaged(folder, monkeypatch):
    """Where a stand-in for the package of dlib's landmarks has its file; its import fails."""
    package = folder / "face_recognition_models"
    (package / "models").mkdir(parents=True)
    (package / "__init__.py").write_text("from pkg_resources import resource_filename_of_old\n")
    monkeypatch.syspath_prepend(folder)
    return package / "models" / "shape_predictor_68_face_landmarks.dat"


def test_the_file_of_landmarks_is_that_of_the_package_or_of_the_project(tmp_path, monkeypatch):
    path = packaged(tmp_path, monkeypatch)
    assert faces.landmark_file("face_recognition_models") == path
    assert faces.landmark_file("weights/shape.dat") == faces.project_path("weights/shape.dat")
    assert faces.landmark_file(None) is None
    monkeypatch.setattr(faces, "find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r"face-recognition-models is not .* extra `landmarks`"):
        faces.landmark_file("face_recognition_models")


@pytest.mark.slow
def test_dlib_with_a_file_of_landmarks(tmp_path, monkeypatch):
    """A predictor of 68 points, trained here on drawn faces, in dlib's own format."""
    dlib = pytest.importorskip("dlib")
    pictures = [(np.ascontiguousarray(image), pose) for image, pose in people(60)]
    boxes = faces.detector("dlib")([image for image, _ in pictures])
    images, objects = [], []
    for (image, pose), face in zip(pictures, boxes, strict=True):
        if face is not None:
            eye, other, nose = (dlib.point(*place) for place in truth(pose).round().astype(int))
            parts = [eye if 36 <= k < 42 else other if 42 <= k < 48 else nose for k in range(68)]
            box = dlib.rectangle(*(int(value) for value in face.box))
            images.append(image)
            objects.append([dlib.full_object_detection(box, parts)])
    options = dlib.shape_predictor_training_options()
    options.cascade_depth, options.tree_depth, options.num_test_splits = 4, 3, 20
    options.oversampling_amount, options.be_verbose = 5, False
    path = packaged(tmp_path, monkeypatch)
    trained = dlib.train_shape_predictor(images, objects, options)
    trained.save(str(path))
    landmarks = faces.landmark_file("face_recognition_models")
    found = faces.detector("dlib", landmarks=landmarks)([image for image, _ in pictures[:8]])
    errors = [
        np.linalg.norm(np.array(face.points) - truth(pose), axis=1)
        for face, (_, pose) in zip(found, pictures, strict=False)
        if face is not None
    ]
    assert len(errors) >= 6 and np.median(errors) < 5


def test_a_missing_file_of_landmarks():
    with pytest.raises(FileNotFoundError, match="no file of landmarks"):
        faces.detector("dlib", landmarks=Path("nowhere.dat"))


@pytest.mark.slow
def test_real_video_is_aligned(shared_data):
    """A real face that smiles: eyes and nose stay where the template has them."""
    path = shared_data("faces") / "single_face.mp4"
    detect = faces.detector("mtcnn", 40)
    kept = list(sampled(video.frames(path), 4))
    found = list(track(iter(kept), detect, 96))
    assert len(found) == len(kept) >= 9 and all(frame.face is not None for frame in found)
    again = detect([np.pad(frame.face, ((48, 48), (48, 48), (0, 0))) for frame in found])
    places = [(np.array(face.points) - 48) / 96 for face in again if face is not None]
    assert len(places) >= 0.8 * len(found)
    assert np.abs(np.median(places, axis=0) - TEMPLATE).max() < 0.08
    empty = list(track(sampled(video.frames(path.with_name("no_face.mp4")), 4), detect, 96))
    assert empty and not any(frame.face is not None for frame in empty)
