"""Rule of sides and lifted hands against motion capture, on files in which the truth is known."""

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.transform import Rotation

from lib.corpora import iemocap
from lib.features.store import FeatureWriter
from lib.features.video import VideoInfo
from lib.papers.skeletal import markers
from lib.papers.skeletal.detections import DialogueVideo

FPS, SECONDS, RATE = 25.0, 60, 20
NAMES = ("Ses01F_impro01", "Ses01M_script01_1", "Ses02F_impro01", "Ses02F_impro02", "Ses02M_impro01")


def walk(seed):
    """Head and two hands in mm, 20 times a second, (rows, 3, 3): smooth, not repeating."""
    steps = np.random.default_rng(seed).normal(size=(SECONDS * RATE, 3, 3))
    slow = pd.DataFrame(steps.reshape(-1, 9)).rolling(RATE, min_periods=1, center=True).mean()
    return 1000 + 20 * np.cumsum(slow.to_numpy().reshape(-1, 3, 3), axis=0)


def write(dialog, dialogue, places, seed=0):
    """Marker files: three markers on each hand, some hidden; angles of the head mean nothing."""
    generator = np.random.default_rng(seed)
    angles = generator.normal(size=(len(places), 3))
    hands = np.repeat(places[:, 1:], 3, axis=1) + generator.normal(0, 0.1, (len(places), 6, 3))
    hands[generator.random(hands.shape[:2]) < 0.05] = np.nan
    tables = {"head": np.hstack([angles, places[:, 0]]), "hand": hands.reshape(-1, 18)}
    for kind, values in (tables | {"rotated": np.zeros((2, 165))}).items():
        lines = ["Frame# Time names", "X Y Z"]
        for number, row in enumerate(values):
            cells = " ".join("NaN" if np.isnan(value) else f"{value:.3f}" for value in row)
            lines.append(f"{number + 1} {number / RATE:.5f} {cells}")
        path = dialog / f"MOCAP_{kind}" / f"{dialogue}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines) + "\n")


def seen(places, seed, delay=0.0):
    """Keypoints of a person as an oblique camera sees it, with gaps, a track that jumps, and noise."""
    generator = np.random.default_rng(seed)
    turned = Rotation.from_euler("xyz", [20, 50, 10], degrees=True).apply(places.reshape(-1, 3))
    pixels = 0.2 * turned[:, :2].reshape(-1, 3, 2)
    times = np.arange(round(SECONDS * FPS)) / FPS - delay
    keypoints = np.zeros((len(times), 17, 3), np.float32)
    for part, keypoint in enumerate((0, 9, 10)):
        for axis in range(2):
            keypoints[:, keypoint, axis] = np.interp(
                times, np.arange(len(places)) / RATE, pixels[:, part, axis]
            )
    keypoints[..., :2] += generator.normal(0, 1, (len(times), 17, 2))
    keypoints[400:420, :, 0] += 300
    keypoints[..., 2] = 0.9
    keypoints[100:200, 9, 2] = 0.01
    present = generator.random(len(times)) > 0.1
    return keypoints, present


def video(**people):
    info = VideoInfo(round(SECONDS * FPS), FPS, 720, 480)
    return DialogueVideo(None, info, info.frames, None, people)


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "params.yaml").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def turn(dialogue, side="left", speaker=None):
    who = speaker or dialogue[:6]
    return {"dialogue": dialogue, "session": int(dialogue[4]), "speaker": who, "side": side}


def dialog(project, dialogue):
    return project / f"data/iemocap/IEMOCAP_full_release/Session{dialogue[4]}/dialog"


@pytest.fixture
def compare(project):
    """Compare one dialogue, whose marked actor sits in a half, by the row of a turn."""

    def run(dialogue, actually, row=None, delay=0.0, marked=1, **more):
        write(dialog(project, dialogue), dialogue, walk(marked))
        halves = {"left": seen(walk(2), 3), "right": seen(walk(2), 3)}
        if actually:
            halves[actually] = seen(walk(1), 4, delay)
        return markers.compare_sides(row or turn(dialogue), video(**(halves | more)), 0.05)

    return run


@pytest.mark.parametrize("actually", ["left", "right"])
@pytest.mark.parametrize("delay", [0.0, 0.6])
def test_the_half_that_moves_as_the_markers_is_found(compare, actually, delay):
    row = compare(NAMES[0], actually, delay=delay)
    assert (row["rule"], row["found"]) == ("left", actually)
    assert abs(row["margin"]) > 0.4 and (row["margin"] > 0) == (actually == "left")
    own, other = (
        [row[f"{part}, {side}"] for part in markers.PARTS]
        for side in (actually, {"left": "right", "right": "left"}[actually])
    )
    assert min(own) > 0.6 > 0.5 > max(other)


@pytest.mark.parametrize("marked", [5, 6, 7])
def test_markers_of_somebody_else_are_unsure(compare, marked):
    row = compare(NAMES[0], "left", marked=marked)
    assert row["found"] == "unsure" and abs(row["margin"]) < markers.SURE


def test_a_half_without_a_person_is_unsure(compare):
    nobody = np.zeros((1500, 17, 3), np.float32), np.zeros(1500, bool)
    row = compare(NAMES[0], "left", right=nobody)
    assert row["found"] == "unsure" and np.isnan(row["margin"])
    assert row["nose, left"] > 0.6 and np.isnan(row["nose, right"])


def test_a_part_that_is_never_seen_does_not_count(compare):
    keypoints, present = seen(walk(2), 3)
    keypoints[:, 10, 2] = 0
    row = compare(NAMES[0], "left", right=(keypoints, present))
    assert row["found"] == "left" and np.isnan(row["right_wrist, right"])


@pytest.mark.parametrize(
    ("side", "speaker", "rule"),
    [("left", "Ses01F", "left"), ("right", "Ses01M", "left"), ("right", "Ses01F", "right"),
     ("left", "Ses01M", "right")],
)  # fmt: skip
def test_the_rules_half_is_the_same_for_every_turn(compare, side, speaker, rule):
    row = compare(NAMES[0], "left", turn(NAMES[0], side, speaker))
    assert (row["rule"], row["found"]) == (rule, "left")
    assert (row["margin"] > 0) == (rule == "left")


def test_a_dialogue_without_markers_of_its_own_is_not_compared(project):
    write(dialog(project, "Ses05M_script01_1"), "Ses05M_script01_1", walk(1))
    row = markers.compare_sides(turn("Ses05M_script01_1b"), video(), 0.05)
    assert row == {"dialogue": "Ses05M_script01_1b", "rule": "left", "found": "unsure"}


def table(wrong, swapped=()):
    rule = ["right" if name in swapped else "left" for name in NAMES]
    other = {"left": "right", "right": "left"}
    found = [other[side] if name in wrong else side for side, name in zip(rule, NAMES, strict=True)]
    return pd.DataFrame({"dialogue": NAMES, "rule": rule, "found": found})


@pytest.mark.parametrize(
    ("wrong", "swapped", "entries"),
    [
        (NAMES[:1], (), "[Ses01F_impro01]"),
        (NAMES[:2], (), "[Ses01]"),
        (NAMES[2:4], (), "[Ses02F]"),
        (NAMES[2:], (), "[Ses02]"),
        (NAMES[:1], NAMES[:2], "[Ses01M_script01_1]"),
        (NAMES[:2], NAMES[:2], "[]"),
        (NAMES[4:], NAMES[2:4], "[Ses02]"),
    ],
)
def test_the_entries_that_mend_contradictions(wrong, swapped, entries):
    text = markers.contradictions(table(wrong, swapped))
    assert text.startswith(
        f"Markers show sides in 5 of 5 dialogues; {len(wrong)} contradict the rule: {wrong[0]}"
    )
    assert f"skeletal.extraction.swap_sides: {entries} corrects it" in text


def test_two_swapped_dialogues_are_flagged_and_mended(compare):
    """Sides of the table as `lib.corpora.iemocap.read` gives them, before and after the advice."""
    actually = dict.fromkeys(NAMES, "left") | dict.fromkeys(NAMES[2:4], "right")

    def checked(swap):
        turns = pd.DataFrame({"dialogue": NAMES, "speaker": [f"{name[:5]}M" for name in NAMES]})
        turns["session"], turns["side"] = turns["dialogue"].str[4], iemocap._sides(turns, swap)
        rows = [
            compare(turn["dialogue"], actually[turn["dialogue"]], turn) for turn in turns.to_dict("records")
        ]
        return pd.DataFrame(rows)

    found = checked([])
    assert found["found"].tolist() == list(actually.values())
    text = markers.contradictions(found)
    assert "2 contradict the rule: Ses02F_impro01, Ses02F_impro02; " in text
    assert "swap_sides: [Ses02F] corrects it" in text
    mended = checked(["Ses02F"])
    assert (mended["found"] == mended["rule"]).all() and (mended["margin"] > 0).all()
    assert markers.contradictions(mended).endswith("sides in 5 of 5 dialogues; 0 contradict the rule")


def test_what_is_unsure_contradicts_nothing():
    sides = table(())
    sides.loc[0, "found"] = "unsure"
    assert markers.contradictions(sides) == "Markers show sides in 4 of 5 dialogues; 0 contradict the rule"


def lifted(project, change):
    """Table of errors where lifted wrists are the markers' hands, turned, in metres, and changed."""
    places = walk(1)
    write(dialog(project, NAMES[0]), NAMES[0], places)
    rows, folder = [], project / "out"
    with FeatureWriter(folder / "skeleton.arrow", {}) as writer:
        for number, who in enumerate(("Ses01F", "Ses01M", "Ses01F")):
            start = 5.0 + 10 * number
            rows.append(
                {"sample_id": f"{number}", "start": start, "end": start + 8, **turn(NAMES[0], "left", who)}
            )
            own = (
                places[round(start * RATE) : round((start + 8) * RATE), 1:]
                if who == "Ses01F"
                else places[:160, :2]
            )
            turned = Rotation.from_euler("xyz", [20, 50, 10], degrees=True).apply(own.reshape(-1, 3)) / 700
            skeleton = np.zeros((len(own), 10, 3))
            skeleton[:, markers.WRISTS] = change(turned.reshape(-1, 2, 3))
            writer.write(f"{number}", skeleton)
    return markers.wrist_errors(pd.DataFrame(rows), folder)


def test_hands_that_are_lifted_well_have_no_error(project):
    (row,) = lifted(project, lambda wrists: wrists).to_dict("records")
    assert row["dialogue"] == NAMES[0] and row["frames"] == pytest.approx(320, abs=40)  # of the marked actor
    assert row["correlation"] > 0.999 and row["error [mm]"] < 1 < 20 < row["at rest [mm]"]


def test_noise_of_lifted_hands_is_measured_in_millimetres(project):
    noise = np.random.default_rng(0)
    (row,) = lifted(project, lambda wrists: wrists + noise.normal(0, 0.01, wrists.shape)).to_dict("records")
    assert row["error [mm]"] == pytest.approx(7 * np.sqrt(8 / np.pi), rel=0.1)  # 10 mm before the fit by 0.7


def test_hands_that_are_exchanged_or_still_have_large_errors(project):
    (swapped,) = lifted(project, lambda wrists: wrists[:, ::-1]).to_dict("records")
    assert swapped["error [mm]"] > 50 and swapped["correlation"] < 0.9
    still = np.random.default_rng(0)
    (noise,) = lifted(project, lambda wrists: still.normal(0, 0.1, wrists.shape)).to_dict("records")
    assert abs(noise["correlation"]) < 0.3


def test_dialogues_without_markers_of_their_own_have_no_row(project):
    write(dialog(project, "Ses05M_script01_1"), "Ses05M_script01_1", walk(1))
    with FeatureWriter(project / "skeleton.arrow", {}) as writer:
        writer.write("a", np.zeros((99, 10, 3)))
    samples = pd.DataFrame([turn("Ses05M_script01_1b") | {"sample_id": "a", "start": 1.0, "end": 4.0}])
    assert markers.wrist_errors(samples, project).empty
