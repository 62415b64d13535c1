"""The experiments of lee2018 on tiny recordings, from extraction to tables."""

from dataclasses import replace

import av
import numpy as np
import pandas as pd
import pytest
import torch

from lib import params
from lib.evaluation.metrics import concordance_correlation
from lib.evaluation.predictions import gather
from lib.evaluation.scores import score_table
from lib.features.store import FeatureStore, FeatureWriter
from lib.figures.tables import paper_form
from lib.papers import extracted, videos
from lib.papers.found import report
from lib.papers.valence import extraction as valence_extraction
from lib.papers.valence import regions as valence_regions
from lib.papers.valence import runs as valence
from lib.papers.valence import tables as valence_report
from lib.papers.valence import training as valence_training
from lib.papers.valence.inputs import Clips, augment, filled, labelled, windows
from lib.papers.valence.postprocessing import post_process
from lib.papers.valence.settings import ExtractionStage, TrainingStage
from lib.runs import phases
from lib.stage import Stage
from lib.training.settings import TrainingSettings
from scripts.sample_corpora import valence as sample
from tests.shared import once


def test_short_gaps_are_filled_with_the_nearest_face():
    detected = np.array([0, 1, 1, 0, 0, 1, 0, 0, 0, 1, 0], bool)
    assert list(filled(detected, 2)) == [1, 1, 2, 2, 5, 5, -1, -1, -1, 9, 9]
    assert list(filled(detected, 0)) == [-1, 1, 2, -1, -1, 5, -1, -1, -1, 9, -1]
    assert list(filled(np.zeros(3, bool), 9)) == [-1, -1, -1]


def test_clips_do_not_span_long_gaps():
    detected = np.ones(20, bool)
    detected[8:12] = False
    found = windows(detected, 4, 4, 1)
    assert list(found[:, 0]) == [0, 4, 12, 16]
    assert list(found[2, 1:]) == [12, 13, 14, 15]
    assert len(windows(detected, 4, 4, 4)) == 5
    assert len(windows(np.zeros(20, bool), 4, 1, 2)) == 0
    assert len(windows(np.ones(3, bool), 4, 1, 2)) == 0


FOUR = {"model": {"frames": 4}, "longest_gap": 0}


def pictures(frames=12, size=8):
    generator = np.random.default_rng(0)
    return {"a": generator.integers(0, 256, (frames, size, size, 3), dtype=np.uint8)}


def frames_of(times, detected=None):
    seen = np.ones(len(times), bool) if detected is None else detected
    return pd.DataFrame({"recording": "a", "time": times, "detected": seen})


def test_a_clips_value_is_the_mean_of_its_frames_labels():
    times = np.arange(12) / 4
    trace = (np.arange(0, 3, 0.04), np.arange(0, 3, 0.04) * 2)
    found = labelled(["a"], pictures(), frames_of(times), {"a": trace}, FOUR, 4)
    np.testing.assert_allclose(found.values, [0.75, 2.75, 4.75], atol=0.02)
    np.testing.assert_allclose(found.centres, [0.375, 1.375, 2.375])
    late = labelled(["a"], pictures(), frames_of(times), {"a": trace}, FOUR, 4, delay=0.5)
    assert late.values[0] == pytest.approx(0.75 + 1.0)  # noqa: PD011


@pytest.mark.parametrize(("end", "clips"), [(10.0, 3), (2.0, 2), (0.8, 1)])
def test_labels_that_end_before_or_after_the_video(end, clips):
    """Clips beyond the last label have no value and are left out."""
    trace = (np.arange(0, end, 0.04), np.zeros(len(np.arange(0, end, 0.04))))
    found = labelled(["a"], pictures(), frames_of(np.arange(12) / 4), {"a": trace}, FOUR, 4)
    assert len(found) == clips == len(found.values)


def test_clips_are_tensors_of_the_right_frames():
    own = pictures()
    clips = Clips(own, ["a", "a"], np.array([[0, 1, 2], [5, 5, 7]]), np.zeros(2), np.zeros(2))
    found = clips[torch.tensor([1])]
    assert found.shape == (1, 3, 3, 8, 8)
    expected = torch.from_numpy(own["a"][[5, 5, 7]]).permute(3, 0, 1, 2) / 127.5 - 1
    torch.testing.assert_close(found[0], expected.float())
    assert clips[:2].shape[0] == 2 and len(clips) == 2


def test_augmentation_changes_all_frames_of_a_clip_alike():
    torch.manual_seed(0)
    clip = torch.rand(1, 3, 1, 6, 6).expand(40, 3, 5, 6, 6) - 0.5
    strengths = {"flip": 0.5, "contrast": 0.2, "brightness": 0.1, "colour": 0.05}
    found = augment(clip, strengths)
    assert torch.equal(found[:, :, 0], found[:, :, 4]) and found.abs().max() <= 1
    still = {"flip": 0.5, "contrast": 0.0, "brightness": 0.0, "colour": 0.0}
    mirrored = (augment(clip, still) == clip.flip(-1)).flatten(1).all(dim=1)
    same = (augment(clip, still) == clip).flatten(1).all(dim=1)
    assert 5 < int(mirrored.sum()) < 35 and 5 < int(same.sum()) < 35


def test_nothing_that_is_reported_is_trained_or_chosen_on():
    samples = pd.DataFrame(
        {"sample_id": [f"t{k}" for k in range(9)] + [f"d{k}" for k in range(5)],
         "part": ["train"] * 9 + ["dev"] * 5}
    )  # fmt: skip
    splits = valence.release_splits(samples, 2, 4, 1)
    assert {split.test for split in splits} == {tuple(f"d{k}" for k in range(5))}
    assert all(len(split.dev) == 2 and len(split.train) == 7 for split in splits)
    assert len({split.dev for split in splits}) > 1
    with pytest.raises(ValueError, match="cannot be kept for choices"):
        valence.release_splits(samples.head(2), 2, 1, 1)


CHANGES = {
    "arguments": {"channels": [4, 4, 4, 4], "hidden": 8},
    "attention_arguments": {"encoder": [4, 4], "decoder": [4, 4]},
    "stride": 8,
    "training.epochs": 2,
    "models": {"CNN + RNN (4 s)": {"arguments": {"recurrent": 8, "hidden": 32}}},
}


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """A tiny sample of RECOLA, extracted; one recording's face is never seen."""
    root, made = once(tmp_path_factory, "recordings", extract)
    with pytest.MonkeyPatch.context() as patch:
        in_project(root, patch)
        yield root, extracted.Source("recola", "outputs/recola"), *made


def in_project(root, patch):
    """Paths lead into a folder, and videos are read in this process."""
    for module in (valence_extraction, videos, extracted, phases, valence_training):
        patch.setattr(module, "project_path", lambda path: root / path)
    patch.setattr(
        videos, "in_order",
        lambda function, items, *rest: (function(item, *rest) for item in items),
    )  # fmt: skip


def extract(root):
    sample.write_recola(root / "data" / "recola", seed=5, number=2, seconds=12)
    settings = params.read(
        "valence.extraction", ExtractionStage, "recola", {"faces.size": 16, "faces.every": 3}
    )
    table = valence_extraction.catalogue.read("recola", root / "data")
    folder = root / "outputs" / "recola"
    folder.mkdir(parents=True)
    blind = table["sample_id"] == "dev_2"
    with pytest.MonkeyPatch.context() as patch:
        in_project(root, patch)
        found = valence_extraction.extract("recola", table, settings, folder, {"marker": "test"})
    found.frames.loc[found.frames["recording"] == "dev_2", "detected"] = False
    found.frames.to_parquet(folder / "frames.parquet", index=False)
    assert blind.sum() == 1
    return settings, found


def planned(name, stage, settings, corpus, split):
    experiment = valence.experiment(stage.models[name], stage, settings, corpus)
    return phases.plan(name, experiment, corpus.corpus, [split], stage.seed)


def test_extraction_keeps_recordings_with_their_traces(source):
    _, _, _, found = source
    assert list(found.samples["sample_id"]) == ["train_1", "train_2", "dev_1", "dev_2"]
    assert (found.samples["frames"] == 48).all() and found.samples["detected"].mean() > 0.5
    longer = found.samples["label_seconds"] - found.samples["video_seconds"]
    assert list(longer.round()) == [2, 0, 2, 0]  # labels of the first ones exceed the video
    assert found.traces["spread"].gt(0).all() and not len(found.excluded)
    np.testing.assert_allclose(found.traces["published"], found.traces["rebuilt"], atol=1e-4)


def test_a_damaged_video_is_left_out_with_the_reason(source, tmp_path):
    root, _, settings, _ = source
    table = valence_extraction.catalogue.read("recola", root / "data").head(2)
    path = root / "data" / "recola" / table["video"][0]
    whole = path.read_bytes()
    try:
        path.write_bytes(whole[:200])
        found = valence_extraction.extract("recola", table, settings, tmp_path, {})
    finally:
        path.write_bytes(whole)
    assert list(found.excluded["sample_id"]) == ["train_1"]
    assert "train_1.mp4" in found.excluded["reason"][0] and str(root) not in found.excluded["reason"][0]
    assert list(found.samples["sample_id"]) == ["train_2"]


@pytest.mark.parametrize(
    ("share", "reason"),
    [(0.8, None), (0.4, "frames are missing"), (None, "labels of 14 s, video of")],
)
def test_what_a_cut_video_lacks_is_counted(source, tmp_path, monkeypatch, share, reason):
    """An AVI file that is cut, and one that is whole, but has a tenth of the labels' time."""
    root, _, settings, _ = source
    table = valence_extraction.catalogue.read("recola", root / "data").head(2)
    path = root / "data" / "recola" / table["video"][0]
    whole = path.read_bytes()
    with av.open(str(path)) as old, av.open(str(tmp_path / "new.avi"), "w") as new:
        video = new.add_stream("mpeg4", rate=25)
        video.width, video.height, video.pix_fmt = 128, 96, "yuv420p"
        images = [frame.to_ndarray(format="rgb24") for frame in old.decode(video=0)]
        for image in images if share else images[: len(images) // 10]:
            new.mux(video.encode(av.VideoFrame.from_ndarray(image)))
        new.mux(video.encode())
    content = (tmp_path / "new.avi").read_bytes()
    try:
        path.write_bytes(content[: int((share or 1) * len(content))])
        found = valence_extraction.extract("recola", table, settings, tmp_path, {})
    finally:
        path.write_bytes(whole)
    excluded = dict(zip(found.excluded["sample_id"], found.excluded["reason"], strict=True))
    assert ("train_1" in excluded) == (reason is not None) and "train_2" not in excluded
    assert reason is None or reason in excluded["train_1"]
    losses = dict(found.losses)
    assert list(losses) == [table["video"][0]] * (reason is None)
    assert reason is not None or "frames are missing" in losses[table["video"][0]]
    (tmp_path / "params.yaml").write_text("profile: sample\n")
    monkeypatch.chdir(tmp_path)
    stage = Stage("valence/01_extraction", "recola", None, {}, "scratch")
    rows = report(stage, table, found.samples, found.excluded, found.losses)
    left_out, lossy = int(reason is not None), len(rows) > 1 + (reason is not None)
    assert rows.iloc[0][["annotated", "files opened", "left out"]].tolist() == [2, 6, left_out]
    assert rows.iloc[0][["complete", "with losses"]].sum() == 2 - left_out
    kinds = rows.set_index("reason")
    if reason is None:
        assert lossy and kinds["with losses"]["# of # frames are missing"] == 1
        assert kinds["with losses"]["labels of # s, video of # s"] == 1
    else:
        (kind,) = kinds.index[kinds["left out"].notna()][1:]
        assert kind in ("# of # frames are missing", "labels of # s, video of # s")


@pytest.mark.parametrize("name", ["2D-CNN", "CNN", "CNN + RNN (4 s)", "3D-CNN + STA"])
def test_a_run_predicts_every_label_also_without_any_face(source, tmp_path, name):
    _root, corpus, settings, found = source
    stage = params.read("valence.training", TrainingStage, "recola", CHANGES)
    (split,) = valence.release_splits(found.samples, 1, 1, 3)
    (run,) = planned(name, stage, settings, corpus, split)
    valence_training.train(run, tmp_path, tmp_path / "checkpoint")
    table = gather([tmp_path], tmp_path / "all.parquet")
    for recording, rows in table.groupby("recording"):
        times = found.traces.loc[found.traces["recording"] == recording, "time"]
        np.testing.assert_allclose(rows["time"], times)
    blind = table[table["recording"] == "dev_2"]
    assert blind["interpolated"].all() and np.ptp(blind["prediction"]) == 0
    seen = table[table["recording"] == "dev_1"]
    assert seen["interpolated"].mean() < 0.5 and seen["prediction"].nunique() > 10
    processed, _ = post_process(table, stage.chain)
    scores = score_table(processed)
    assert scores["score"].notna().all()
    if name == "3D-CNN + STA":
        clips, attention, owners = valence_training.attention_of(run, tmp_path, ["dev_1"], 2)
        assert clips.shape[2:] == (16, 16, 16) and set(owners) == {"dev_1"}
        torch.testing.assert_close(attention.sum(dim=(2, 3)), torch.ones(attention.shape[:2]))
        shares = valence_regions.region_shares(attention.numpy())
        assert shares["ratio"].gt(0).all()
        covered = valence_regions.covered_predictions(run, tmp_path)
        assert set(covered["recording"]) == {"dev_1"}
        assert not np.allclose(covered["nothing"], covered["mouth"])


def test_a_training_part_without_faces_says_so(source, tmp_path):
    _root, corpus, settings, found = source
    stage = params.read("valence.training", TrainingStage, "recola", CHANGES)
    (split,) = valence.release_splits(found.samples, 1, 1, 3)
    blind = replace(split, train=("dev_2",), test=("dev_1",))
    (run,) = planned("3D-CNN", stage, settings, corpus, blind)
    with pytest.raises(ValueError, match="train part has a clip of faces"):
        valence_training.train(run, tmp_path, tmp_path / "checkpoint")


def test_a_delayed_network_is_delayed_back():
    centres, times = np.arange(0, 20, 0.5), np.arange(0, 20, 0.1)
    found, missing = valence_training._trace(centres, np.sin(centres), times, 2.0, 1.0, 0.0)
    np.testing.assert_allclose(found[40:], np.sin(times[40:] - 2.0), atol=0.05)
    assert list(missing) == list(times < 1 - 1e-9)  # the first centre, 2 s later, and 1 s around it
    _, missing = valence_training._trace(centres[:10], np.ones(10), times, 0.0, 1.0, 0.0)
    assert list(missing) == list(times > 5.5 + 1e-9)


def test_the_papers_rows_stand_beside_ours():
    scores = pd.DataFrame(
        {"experiment": e, "processing": p, "metric": m, "score": 0.5, "low": 0.4, "high": 0.6,
         "spread": np.nan, "runs": 1, "samples": 9}
        for e in ("2D-CNN", "3D-CNN", "3D-CNN + STA", "CNN")
        for p in ("post-processed", "fitted on the reported recordings")
        for m in ("RMSE", "CC", "CCC")
    )  # fmt: skip
    table = valence_report.beside(scores, "Table 1", "").set_index(["row", "metric"])
    family = "a network of the same family with sizes of ours, not that of [1]"
    assert set(table.loc["2D-CNN", "verdict"]) == {f"protocol differs: {family}"}
    own = table.drop("2D-CNN")
    assert len(table) == 9 and set(own["verdict"]) == {"inconclusive", "differs"}
    ccc = table.loc[("3D-CNN + STA", "CCC")]
    assert ccc["published"] == 0.546 and ccc["verdict"] == "inconclusive" and ccc["optimistic"] == 0.5
    marked = valence_report.beside(scores, "Table 2", "not comparable: synthetic sample")
    assert set(marked["verdict"]) == {"not comparable: synthetic sample"} and len(marked) == 6
    quoted = valence_report.beside(scores, "Table 2", "protocol differs: profile sample").set_index("row")
    assert set(quoted.loc["CNN [1]", "verdict"]) == {f"protocol differs: profile sample; {family}"}
    assert set(quoted.loc["3D-CNN + STA (4 s)", "verdict"]) == {"protocol differs: profile sample"}
    one = valence_report.beside(scores, "Table 2", "").set_index(["row", "metric"]).loc["CNN [1]"]
    same = ["published", "ours", "low", "high", "verdict"]  # one printed number, one verdict
    pd.testing.assert_frame_equal(one[same], table.loc["2D-CNN", same])
    (form,) = paper_form(valence_report.beside(scores, "Table 2", "")).values()
    assert len(form) == 9 and form["CCC"].str.contains("ours").sum() == 2


def test_a_verdict_stands_only_where_both_ways_to_fit_the_chain_give_it():
    def scores(honest, best):
        rows = [(honest, "post-processed"), (best, "fitted on the reported recordings")]
        return pd.DataFrame(
            {"experiment": "3D-CNN + STA", "processing": processing, "metric": "CCC", "score": score,
             "low": score - 0.01, "high": score + 0.01, "spread": np.nan, "runs": 5, "samples": 9}
            for score, processing in rows
        )  # fmt: skip

    def verdict(*found, obstacle=""):
        return valence_report.beside(scores(*found), "Table 1", obstacle)["verdict"].item()

    assert verdict(0.54, 0.55) == "agrees" and verdict(0.3, 0.4) == "differs"
    elsewhere = "chain fitted elsewhere: differs, on the reported part: agrees"
    assert verdict(0.4, 0.55) == f"protocol differs: {elsewhere}"
    profile = "protocol differs: profile sample"
    assert verdict(0.4, 0.55, obstacle=profile) == f"{profile}; {elsewhere}"
    assert verdict(0.4, 0.55, obstacle="not comparable: x") == "not comparable: x"


def test_every_option_of_the_attention_has_its_row_and_difference():
    stage = params.read("valence.training", TrainingStage, "recola")
    generator = np.random.default_rng(0)
    truth = np.tile(np.sin(np.arange(50)), 6)
    names = {"3D-CNN + STA": 0.5, "3D-CNN": 1.0, "STA, peepholes": 0.1, "CNN": 2.0}
    table = pd.concat(
        pd.DataFrame(
            {"experiment": name, "repeat": repeat, "fold": 0, "part": "test",
             "recording": np.repeat(list("abcdef"), 50), "time": np.tile(np.arange(50) / 4, 6),
             "truth": truth, "prediction": truth + noise * generator.normal(size=300)}
        ).assign(processing="post-processed")
        for name, noise in names.items() for repeat in range(3)
    )  # fmt: skip
    found = valence_report.specification(table, stage.models).set_index("experiment")
    assert found[["option", "value"]].apply(tuple, axis=1).to_dict() == {
        "3D-CNN": ("attention", "none"),
        "STA, printed peepholes": ("peepholes", "printed"),
        "STA, peepholes": ("peepholes", "elementwise"),
        "STA, previous state": ("state", "previous"),
        "STA, weights of each place": ("places", "own"),
    }
    trained = found.dropna()
    assert set(trained.index) == {"3D-CNN", "STA, peepholes"}
    assert found.loc["3D-CNN", "high"] < 0 < found.loc["STA, peepholes", "low"]
    scores = score_table(table).set_index(["experiment", "metric"])["score"]
    gain = scores["3D-CNN", "CCC"] - scores["3D-CNN + STA", "CCC"]
    assert found.loc["3D-CNN", "difference"] == pytest.approx(gain)


def test_the_delay_of_predictions_that_come_early():
    """Of two trainings, one early by 1 s and one by 2 s."""
    times = np.arange(0, 60, 0.1)
    level = {"a": 0.0, "b": 0.2}
    table = pd.concat(
        pd.DataFrame(
            {"experiment": "CNN", "repeat": early - 1, "fold": 0, "part": "test", "recording": name,
             "time": times, "truth": np.sin(times / 3) + shift,
             "prediction": np.sin((times + early) / 3) + shift, "processing": "raw"}
        )
        for early in (1, 2) for name, shift in level.items()
    )  # fmt: skip
    delays = [0.0, 1.0, 2.0, 3.0]
    found, best = valence_report.delays_of(table, delays, 0, 200)
    assert list(found["experiment"]) == ["CNN"] * 4 and list(found["delay"]) == delays
    for delay, ccc in zip(delays, found["CCC"], strict=True):
        expected = []
        for early in (1, 2):
            rows = table[table["repeat"] == early - 1].groupby("recording")
            parts = [(own["truth"], np.interp(times - delay, times, own["prediction"])) for _, own in rows]
            expected.append(concordance_correlation(*map(np.concatenate, zip(*parts, strict=True))))
        assert ccc == pytest.approx(np.mean(expected), abs=1e-12)
    (best,) = best.to_dict("records")
    assert best["delay"] == 1.5 and (best["low"], best["high"]) == (1.0, 2.0)


def test_frames_without_a_face_count_as_interpolated(source, tmp_path):
    """A second without a face is filled for the clips, but its values are not from that second."""
    _root, corpus, settings, found = source
    stage = params.read("valence.training", TrainingStage, "recola", CHANGES)
    (split,) = valence.release_splits(found.samples, 1, 1, 3)
    (run,) = planned("CNN", stage, settings, corpus, split)
    path = _root / "outputs/recola/frames.parquet"
    kept = pd.read_parquet(path)
    own = kept["recording"] == "dev_1"
    short, long = kept["time"].between(3, 3.9), kept["time"].between(6, 8.9)
    model = valence_training.build(run.settings["model"]).eval()
    training = TrainingSettings.model_validate(run.settings["training"])
    try:
        seen = kept.assign(detected=kept["detected"].mask(own, ~(short | long)))
        seen.to_parquet(path, index=False)
        table = valence_training.predicted_traces(run, model, training, "test", 0.0)
    finally:
        kept.to_parquet(path, index=False)
    table = table[table["recording"] == "dev_1"]
    time, end = table["time"], 12.0
    expected = time.between(2.88, 3.87) | time.between(5.88, 8.87) | (time > end + 0.375)
    assert (table["interpolated"] != expected).mean() < 0.02
    assert table.loc[time < end, "interpolated"].mean() == pytest.approx(4 / 12, abs=0.01)


def test_feature_stores_of_faces_hold_bytes(tmp_path):
    with FeatureWriter(tmp_path / "faces.arrow", {}, "uint8") as writer:
        writer.write("a", pictures()["a"])
    assert FeatureStore(tmp_path / "faces.arrow")["a"].dtype == np.uint8


def test_what_covering_a_region_costs():
    generator = np.random.default_rng(0)
    truth = generator.normal(size=200)
    table = pd.DataFrame({"recording": np.repeat(list("abcd"), 50), "truth": truth, "repeat": 0})
    for name, parts in valence_regions.COVERED.items():
        gone = {"eyes": 0.3, "mouth": 0.6}
        table[name] = truth * (1 - sum(gone.get(part, 0) for part in parts))
    costs = valence_regions.covering_costs({"x": table}).set_index("covered")
    for name in ("eyes", "mouth", "cheeks", "eyes and mouth"):
        expected = 1 - concordance_correlation(truth, table[name].to_numpy())
        assert costs.loc[name, "difference"] == pytest.approx(expected)
        assert costs.loc[name, "low"] <= expected <= costs.loc[name, "high"]
    pair = costs.loc["eyes and mouth against cheeks and forehead"]
    assert pair["low"] > 0 and np.isnan(pair["CCC"])


def test_attention_by_area_has_an_interval_over_recordings_and_trainings():
    owners = ["a", "a", "b", "c", "d"]
    even = np.full((5, 2, 24, 24), 1 / 24**2, np.float32)
    (found,) = valence_regions.share_by_area([even, even], owners, "eyes and mouth").to_dict("records")
    assert [found[name] for name in ("ratio", "low", "high")] == pytest.approx([1, 1, 1], abs=1e-5)
    noise = np.random.default_rng(0).uniform(1, 1.2, (2, *even.shape)).astype(np.float32)
    looks = noise * even
    for region in ("eyes", "mouth"):
        looks[(..., *valence_regions.box_of(region, 24))] *= 2
    looks /= looks.sum(axis=(-2, -1), keepdims=True)
    (found,) = valence_regions.share_by_area(list(looks), owners, "eyes and mouth").to_dict("records")
    assert 1.1 < found["low"] < found["ratio"] < found["high"] < 2
    (other,) = valence_regions.share_by_area(list(looks), owners, "cheeks").to_dict("records")
    assert other["high"] < 1


def test_regions_lie_apart_inside_the_face():
    face = np.zeros((24, 24), int)
    for region in valence_regions.REGIONS:
        face[valence_regions.box_of(region, 24)] += 1
    assert face.max() == 1 and face.sum() > 24 * 24 / 3
