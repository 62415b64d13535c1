import numpy as np
import pytest

from lib.corpora import provenance, recola, sewa
from lib.features import faces, video
from lib.features.traces import advanced, gold_standard
from scripts.sample_corpora import valence
from scripts.sample_corpora.valence_effects import Effects


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    folder = tmp_path_factory.mktemp("recola") / "recola"
    valence.write_recola(folder, seed=4, number=1, seconds=8)
    return folder


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes(small, tmp_path):
    again = valence.write_recola(tmp_path / "recola", seed=4, number=1, seconds=8)
    assert again == provenance.read(small)
    with pytest.raises(FileExistsError, match="not empty"):
        valence.write_recola(tmp_path / "recola")


def test_recola_in_its_layout(small):
    table = recola.read(small)
    assert list(table["sample_id"]) == ["train_1", "dev_1"] and table["ratings"].notna().all()
    row = table.iloc[0].to_dict()
    times, gold = recola.trace(small, row)
    _when, rated = recola.ratings(small, row)
    assert np.diff(times) == pytest.approx(recola.STEP) and len(rated) == Effects.load().raters.number
    np.testing.assert_allclose(gold_standard(rated), gold, atol=1e-5)
    info = video.probe(small / row["video"])
    assert info.fps == pytest.approx(25)
    longer = Effects.load().quirks.longer
    assert times[-1] - info.frames / info.fps == pytest.approx(longer, abs=0.1)
    assert provenance.read(small).is_synthetic


def test_sewa_in_its_layout(tmp_path):
    valence.write_sewa(tmp_path / "sewa", seed=4, number=1, seconds=3)
    table = sewa.read(tmp_path / "sewa")
    assert list(table["sample_id"]) == ["Train_01", "Devel_01"]
    times, _ = sewa.trace(tmp_path / "sewa", table.iloc[0].to_dict())
    assert np.diff(times) == pytest.approx(sewa.STEP)
    assert video.probe(tmp_path / "sewa" / table["video"][0]).fps == pytest.approx(20)


def test_faces_are_found(small):
    row = recola.read(small).iloc[1].to_dict()
    images = [im for index, _, im in video.frames(small / row["video"]) if index % 6 == 0]
    found = faces.detector("mtcnn", 40)(images)
    assert np.mean([face is not None for face in found]) > 0.75  # some are turned away


@pytest.mark.parametrize("bandwidth", [0.08, 1.2])
def test_random_courses_have_unit_spread_and_are_smooth(bandwidth):
    generator = np.random.default_rng(0)
    course = valence.smooth(generator, 200 * valence.RATE, bandwidth)
    assert course.std() == pytest.approx(1, abs=0.35)
    power = np.abs(np.fft.rfft(course)) ** 2
    frequency = np.fft.rfftfreq(len(course), 1 / valence.RATE)
    assert power[frequency > 3 * bandwidth].sum() < 0.05 * power.sum()


def test_the_gold_standard_follows_what_the_face_shows_with_the_raters_delay():
    """Raters are made from the same course as the face; their mean is late by the mean delay."""
    low, high = Effects.load().raters.delay
    times = np.arange(0, 120, 0.04)
    generator = np.random.default_rng(1)
    shown = 0.3 * np.sin(times / 3)
    rated = np.array([advanced(times, shown, -d) for d in generator.uniform(low, high, 6)])
    gold = gold_standard(rated)
    delays = np.arange(0, 3, 0.1)
    fits = [np.corrcoef(advanced(times, shown, -delay), gold)[0, 1] for delay in delays]
    assert low <= delays[int(np.argmax(fits))] <= high
