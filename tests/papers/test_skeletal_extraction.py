import json
import shutil

import numpy as np
import pytest
import soundfile
import torch

from lib import params
from lib.corpora import catalogue, iemocap, provenance
from lib.features import mocap
from lib.features.pose import PoseError
from lib.features.store import FeatureStore
from lib.models.lifting import TemporalLifter
from lib.papers.found import report as found_report
from lib.papers.skeletal import detections, extraction, speech
from lib.papers.skeletal import extraction_figures as report
from lib.stage import Stage
from scripts.sample_corpora import iemocap as sample


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sample") / "iemocap"
    sample.write(folder, seed=5, dialogues=3, utterances=24)
    return folder


def extract(project):
    settings = params.read("skeletal.extraction", extraction.ExtractionStage, "iemocap")
    table = catalogue.read("iemocap", project / "data")
    labelled = table[table["label"].notna()]
    torch.manual_seed(0)
    lifter = extraction.Lifter(TemporalLifter((3, 3), 8).eval(), {"lifter": "random"})
    data = provenance.read(project / "data" / "iemocap")
    detected = detections.detect(labelled, settings.detector, settings.detector_weights, project / "out")
    return labelled, extraction.extract(
        "iemocap", labelled, settings, lifter, project / "out", data, detected
    )


def poses_of(project, dialogue="Ses01F_impro01"):
    return project / "data" / "iemocap" / "alphapose" / dialogue / "alphapose-results.json"


def test_samples_are_cut_filtered_and_stored(project):
    labelled, result = extract(project)
    filtered = FeatureStore(project / "out" / "skeleton.arrow")
    raw = FeatureStore(project / "out" / "unfiltered.arrow")
    assert len(filtered) + len(result.exclusions) == len(labelled)
    assert filtered.metadata["joints"][-1] == "right_wrist"
    assert filtered.metadata["marker"] == "synthetic sample"
    stored = result.samples.set_index("sample_id")
    for sample_id in filtered:
        turn = stored.loc[sample_id]
        expected = (turn["end"] - turn["start"]) * 29.97
        assert filtered[sample_id].shape[1:] == (10, 3)
        assert len(filtered[sample_id]) == pytest.approx(expected, abs=1)
        assert turn["frames"] == len(filtered[sample_id]) == len(raw[sample_id])
    table = report.smoothing(result).set_index("data")["mean jerk"]
    assert table["filtered"] < 0.2 * table["unfiltered"]
    assert set(report.movement_figures(result)) == {"trajectory", "skeletons"}
    figure = report.overlay_figure(labelled, project / "data/iemocap/alphapose", 0.05)
    first = labelled.iloc[0]
    places = ("left", "center")  # the report's style, if a test has set it, puts titles to the left
    titles = [title for axis in figure.axes for place in places if (title := axis.get_title(place))]
    assert len(titles) == labelled["session"].nunique() == 2
    assert titles[0].startswith("Ses01F_impro01, frame ")
    assert titles[0].endswith(f": {first['speaker']} ({first['side']}) speaks")
    assert all(len(axis.lines) > 20 for axis in figure.axes[: len(titles)])  # both people


def test_utterances_shorter_than_the_filters_padding_are_kept(project):
    evaluation = project / "data/iemocap/IEMOCAP_full_release/Session1/dialog/EmoEvaluation"
    path = evaluation / "Ses01F_impro01.txt"
    table = iemocap.read(project / "data" / "iemocap")
    turn = table[table["label"].notna()].iloc[0]
    old = f"[{turn['start']:.4f} - {turn['end']:.4f}]"
    new = f"[{turn['start']:.4f} - {turn['start'] + 0.3:.4f}]"
    path.write_text(path.read_text().replace(old, new))
    _, result = extract(project)
    kept = result.samples.set_index("sample_id")
    assert kept.loc[turn["sample_id"], "frames"] == 9


def test_an_actor_who_is_not_in_the_picture_is_excluded_with_a_reason(project):
    path = poses_of(project)
    rows = json.loads(path.read_text())
    table = iemocap.read(project / "data" / "iemocap")
    chosen = table[(table["dialogue"] == "Ses01F_impro01") & (table["side"] == "left")]
    chosen = chosen[chosen["label"].notna()].iloc[-1]
    first, last = (chosen["start"] - 0.1) * 29.97, (chosen["end"] + 0.1) * 29.97
    kept = [row for row in rows if not (first <= int(row["image_id"][:-4]) <= last and row["box"][0] < 100)]
    path.write_text(json.dumps(kept))
    _, result = extract(project)
    reasons = result.exclusions.set_index("sample_id")["reason"]
    assert "in the picture in 0%" in reasons[chosen["sample_id"]]
    assert result.facts["excluded"][chosen["label"]] >= 1


def test_a_missing_alphapose_result_says_what_to_do(project):
    poses_of(project).unlink()
    with pytest.raises(FileNotFoundError, match=r"1 missing:\n.*Ses01F_impro01.*run AlphaPose.*DATASETS"):
        extract(project)


def test_another_pose_format_stops(project):
    poses_of(project).write_text(json.dumps({"people": []}))
    with pytest.raises(PoseError, match="--format coco"):
        extract(project)


def test_a_truncated_video_is_a_loss_and_its_late_turns_are_left_out(project):
    path = next((project / "data").rglob("Ses01F_impro01.avi"))
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    _, result = extract(project)
    videos, lacking = zip(*result.losses, strict=True)
    assert set(videos) == {path.relative_to(project / "data/iemocap").as_posix()}
    assert all("frames of the dialogue cannot be decoded" in what for what in lacking)
    late = result.exclusions["reason"].str.contains("ends before|in the picture")
    assert late.any()


@pytest.mark.parametrize(
    ("share", "rewritten", "kept"),
    [(0.9, False, True), (0.9, True, True), (0.6, False, False), (0.6, True, False)],
)
def test_what_a_cut_utterance_lacks_is_counted(project, share, rewritten, kept):
    """By the header, or by the annotation where the file was written anew."""
    labelled, _ = extract(project)
    turn = labelled.iloc[3]
    path = project / "data/iemocap" / turn["wav"]
    wave, rate = soundfile.read(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    if rewritten:
        soundfile.write(path, wave[: int(share * len(wave))], rate)
    _, result = extract(project)
    reasons = dict(zip(result.exclusions["sample_id"], result.exclusions["reason"], strict=True))
    assert ("seconds of sound are missing" in reasons.get(turn["sample_id"], "")) != kept
    losses = dict(result.losses)
    assert list(losses) == [turn["wav"]] * kept
    assert not kept or "seconds of sound are missing" in losses[turn["wav"]]


def cut_file(path, share):
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])


def test_a_damaged_corpus_as_found(project):
    """Two cut wavs, a cut video, filled keypoints, a marker line too few, and marker files cut short."""
    data = project / "data" / "iemocap"
    table = iemocap.read(data)
    table = table[table["label"].notna()]
    own = [table[table["dialogue"] == name] for name in table["dialogue"].unique()]
    (cut, lost), late = own[0].iloc[:2].to_dict("records"), own[1].iloc[-1]
    for turn, share in ((cut, 0.9), (lost, 0.5)):
        cut_file(data / turn["wav"], share)
    cut_file(data / own[1]["video"].iloc[0], 0.5)
    evaluation = data / "IEMOCAP_full_release/Session1/dialog"
    for kind, dialogue in (("head", own[0]), ("hand", own[1])):
        path = mocap.marker_files(evaluation, dialogue["dialogue"].iloc[0])[kind]
        lines = path.read_text().splitlines()
        if kind == "head":
            lines[9] = lines[9].rsplit(" ", 1)[0]
        path.write_text("\n".join(lines if kind == "head" else lines[:5]) + "\n")
    labelled, result = extract(project)
    assert late["sample_id"] not in set(result.samples["sample_id"])
    speech.extract_markers(result.samples, 4, project / "out", {}, result.losses)
    stage = Stage("skeletal/01_extraction", "iemocap", None, {}, "scratch")
    found = found_report(stage, labelled, result.samples, result.exclusions, result.losses)
    kept = result.samples.set_index("sample_id")
    first, second = (kept[kept["dialogue"] == dialogue["dialogue"].iloc[0]] for dialogue in own[:2])
    assert len(first) and len(second) and len(kept) < len(labelled)
    files = sum(labelled[name].nunique() for name in ("wav", "video", "alphapose"))
    lossy = len(first) + len(second)  # the third dialogue is whole
    complete, left_out = len(kept) - lossy, len(result.exclusions)
    assert found.iloc[0, 1:].tolist() == [len(labelled), files, complete, lossy, left_out]
    losses = dict(found.iloc[1:].set_index("reason")["with losses"].dropna())
    filled = losses.pop("# of the keypoints filled, up to # frames in a row", 0)
    assert filled == (kept["filled"] > 0).sum()
    assert losses == {
        "# of # lines of head markers have a wrong number of values": len(first),
        "# of # frames of the dialogue cannot be decoded": len(second),
        "no recorded frame of some markers": len(second),
        "# of # seconds of sound are missing": 1,
    }
    out = found.iloc[1:].set_index("reason")["left out"].dropna()
    assert out["# of # seconds of sound are missing"] == 1 and out.sum() == len(result.exclusions)
    assert set(out.index) <= {
        "# of # seconds of sound are missing",
        "the video ends before the utterance",
        "the actor is in the picture in # of the frames",
    }


def test_frames_after_the_end_of_a_video_are_not_seen(project):
    """Of an utterance of which a third is in the video, the actor is not seen in most frames."""
    labelled, _ = extract(project)
    turn = labelled[labelled["dialogue"] == "Ses01F_impro01"].iloc[-1]
    video = detections.dialogue_video(turn, project / "data/iemocap/alphapose")
    end = round((turn["start"] + (turn["end"] - turn["start"]) / 3) * video.info.fps)
    with pytest.MonkeyPatch.context() as patch:
        count = detections.count_frames
        cut = {video.path: (end, video.info.frames - end)}
        patch.setattr(detections, "count_frames", lambda path: cut.get(path) or count(path))
        _, result = extract(project)
    reasons = result.exclusions.set_index("sample_id")["reason"]
    assert "in the picture in 3" in reasons[turn["sample_id"]]


def test_a_missing_corpus_says_how_to_add_it(project):
    shutil.rmtree(project / "data" / "iemocap")
    with pytest.raises(catalogue.CorpusError, match="make corpus NAME=iemocap"):
        catalogue.read("iemocap", project / "data")


def test_a_joint_that_is_no_number_is_named(project, monkeypatch):
    def broken(model, keypoints, width, height, flip):
        joints = np.zeros((len(keypoints), 17, 3))
        joints[7, 9] = np.nan
        return joints

    monkeypatch.setattr("lib.models.lifting.lift", broken)
    with pytest.raises(ValueError, match=r"Ses01F_impro01, left: .*first in frame 7"):
        extract(project)
