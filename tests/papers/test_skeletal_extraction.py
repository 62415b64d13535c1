import json
import shutil

import numpy as np
import pytest
import soundfile
import torch

from lib import params
from lib.corpora import catalogue, iemocap, provenance
from lib.features.pose import PoseError
from lib.features.store import FeatureStore
from lib.models.lifting import TemporalLifter
from lib.papers.skeletal import extraction
from lib.papers.skeletal import extraction_figures as report
from lib.runs.source import ROOT
from scripts.sample_corpora import iemocap as sample


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sample") / "iemocap"
    sample.write(folder, seed=5, dialogues=2, utterances=16)
    return folder


@pytest.fixture
def project(release, tmp_path, monkeypatch):
    shutil.copytree(release, tmp_path / "data" / "iemocap")
    shutil.copyfile(ROOT / "params.yaml", tmp_path / "params.yaml")
    shutil.copytree(ROOT / "profiles", tmp_path / "profiles")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def extract(project):
    settings = params.read("skeletal.extraction", extraction.ExtractionStage, "iemocap")
    table = catalogue.read("iemocap", project / "data")
    labelled = table[table["label"].notna()]
    torch.manual_seed(0)
    lifter = extraction.Lifter(TemporalLifter((3, 3), 8).eval(), {"lifter": "random"})
    data = provenance.read(project / "data" / "iemocap")
    return labelled, extraction.extract("iemocap", labelled, settings, lifter, project / "out", data)


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
    assert report.overlay_figure("iemocap", labelled, 0.05) is not None


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
    with pytest.raises(FileNotFoundError, match=r"Ses01F_impro01.*run AlphaPose.*DATASETS"):
        extract(project)


def test_another_pose_format_stops(project):
    poses_of(project).write_text(json.dumps({"people": []}))
    with pytest.raises(PoseError, match="--format coco"):
        extract(project)


def test_a_truncated_video_is_reported_and_its_late_turns_left_out(project, capsys):
    path = next((project / "data").rglob("Ses01F_impro01.avi"))
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    _, result = extract(project)
    assert "Ses01F_impro01.avi: " in capsys.readouterr().out
    late = result.exclusions["reason"].str.contains("ends before|in the picture")
    assert late.any()


@pytest.mark.parametrize(
    ("share", "rewritten", "kept"),
    [(0.9, False, True), (0.9, True, True), (0.6, False, False), (0.6, True, False)],
)
def test_what_a_cut_utterance_lacks_is_counted(project, capsys, share, rewritten, kept):
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
    assert (f"{path.name}: " in capsys.readouterr().out) == kept


def test_frames_after_the_end_of_a_video_are_not_seen(project):
    """Of an utterance of which a third is in the video, the actor is not seen in most frames."""
    labelled, _ = extract(project)
    turn = labelled[labelled["dialogue"] == "Ses01F_impro01"].iloc[-1]
    video = extraction.dialogue_video(turn)
    end = round((turn["start"] + (turn["end"] - turn["start"]) / 3) * video.info.fps)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(extraction, "count_frames", lambda path: (end, video.info.frames - end))
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
