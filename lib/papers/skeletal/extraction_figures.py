"""Tables and figures of the extraction notebook: counts, smoothing, overlays, movement."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from lib.corpora import iemocap
from lib.corpora.provenance import Provenance
from lib.features.store import FeatureStore
from lib.features.tracks import fill_gaps, speaker
from lib.features.video import frames
from lib.papers.skeletal.dialogue_video import dialogue_video, sides
from lib.papers.skeletal.extraction import Extraction
from lib.papers.skeletal.figures import overlay, skeletons, trajectory


def counts_beside_paper(corpus: str, samples: pd.DataFrame, data: Provenance) -> pd.DataFrame:
    """Samples by class; for IEMOCAP beside the papers' counts after exclusion."""
    if corpus == "iemocap":
        return iemocap.check_after_exclusion(samples, data.kind)
    counts = samples["label"].value_counts().sort_index()
    return counts.rename_axis("label").rename("found").reset_index()


def smoothing(result: Extraction) -> pd.DataFrame:
    """Mean jerk of the joints before and after filtering, metres per frame cubed."""
    rows = []
    for name, file in (("unfiltered", "unfiltered.arrow"), ("filtered", "skeleton.arrow")):
        store = FeatureStore(result.folder / file)
        jerks = [
            float(np.linalg.norm(np.diff(store[sample], 3, axis=0), axis=2).mean())
            for sample in store
            if len(store[sample]) > 3
        ]
        rows.append({"data": name, "mean jerk": np.mean(jerks), "samples": len(jerks)})
    return pd.DataFrame(rows)


def overlay_figure(corpus: str, labelled: pd.DataFrame, shown: int = 4) -> Figure | None:
    """Detections and chosen people on frames of the first dialogue; None without video."""
    if "alphapose" not in labelled:
        return None
    first = labelled[labelled["dialogue"] == labelled["dialogue"].iloc[0]]
    video = dialogue_video(first.iloc[0])
    people = {
        side: fill_gaps(*speaker(video.poses, side, video.info.width, video.frames))
        for side in sides(first)
    }
    middle = (first["start"] + first["end"]).to_numpy() / 2 * video.info.fps
    chosen = middle[np.linspace(0, len(middle) - 1, shown).round().astype(int)]
    wanted = {min(round(float(frame)), video.frames - 1) for frame in chosen}
    found = {index: image for index, _, image in frames(video.path, wanted)}
    order = sorted(found)
    return overlay(
        [found[index] for index in order],
        [video.poses.keypoints[video.poses.frame == index] for index in order],
        [[person[index] for person in people.values()] for index in order],
        [f"{first['dialogue'].iloc[0]}, frame {index}" for index in order],
    )


def movement_figures(result: Extraction) -> dict[str, Figure]:
    """Trajectory of a hand and skeletons over time, of the sample with the median length."""
    ordered = result.samples.sort_values(["frames", "sample_id"], kind="stable")
    sample = str(ordered["sample_id"].iloc[len(ordered) // 2])
    filtered = FeatureStore(result.folder / "skeleton.arrow")
    raw = FeatureStore(result.folder / "unfiltered.arrow")
    joints, corpus = filtered.metadata["joints"], filtered.metadata["corpus"]
    hand = next(index for index, name in enumerate(joints) if "wrist" in name or "hand" in name)
    return {
        "trajectory": trajectory(
            raw[sample][:, hand], filtered[sample][:, hand], joints[hand], sample
        ),
        "skeletons": skeletons(filtered[sample], corpus, sample),
    }
