"""Tables and figures of the extraction notebook: counts, smoothing, detections, movement."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from lib.corpora import iemocap
from lib.corpora.provenance import Provenance
from lib.features.store import FeatureStore
from lib.features.video import frames
from lib.figures.style import PALETTE
from lib.papers.skeletal.detections import dialogue_video
from lib.papers.skeletal.extraction import Extraction
from lib.papers.skeletal.figures import skeletons

_ARMS, _TRUNK = ((5, 6), (5, 7), (7, 9), (6, 8), (8, 10)), ((5, 11), (6, 12), (11, 12))
_LEGS, _HEAD = ((11, 13), (13, 15), (12, 14), (14, 16)), ((0, 1), (0, 2), (1, 3), (2, 4))
COCO_BONES = (*_ARMS, *_TRUNK, *_LEGS, *_HEAD)


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


def overlay_figure(labelled: pd.DataFrame, detected: Path, least_score: float) -> Figure | None:
    """Detections (grey) and the people of both halves in a frame of each session.

    None without video. The frame is in the middle of the session's first utterance, whose speaker
    has the first colour.
    """
    if "alphapose" not in labelled:
        return None
    turns = labelled.drop_duplicates("session")
    rows = -(-len(turns) // 2)
    figure, axes = plt.subplots(rows, 2, figsize=(7.0, 2.6 * rows), squeeze=False)
    for axis in axes.ravel():
        axis.axis("off")
    for axis, (_, turn) in zip(axes.ravel(), turns.iterrows(), strict=False):
        video, side = dialogue_video(turn, detected), turn["side"]
        index = min(round((turn["start"] + turn["end"]) / 2 * video.info.fps), video.frames - 1)
        for _, _, image in frames(video.path, {index}):  # none if it is damaged
            axis.imshow(image)
        people = [(one, "0.6", 0.8) for one in video.poses.keypoints[video.poses.frame == index]]
        people += [(own[index], PALETTE[1 + (half != side)], 1.8) for half, (own, _) in video.people.items()]
        for person, colour, width in people:
            for bone in COCO_BONES:
                if (person[[*bone], 2] >= least_score).all():
                    axis.plot(*person[[*bone], :2].T, color=colour, linewidth=width)
        axis.set(xlim=(0, video.info.width), ylim=(video.info.height, 0))
        title = f"{turn['dialogue']}, frame {index}: {turn['speaker']} ({side}) speaks"
        axis.set_title(title, fontsize="x-small")
    return figure


def movement_figures(result: Extraction) -> dict[str, Figure]:
    """Trajectory of a hand and skeletons over time, of the sample with the median length."""
    ordered = result.samples.sort_values(["frames", "sample_id"], kind="stable")
    sample = str(ordered["sample_id"].iloc[len(ordered) // 2])
    filtered = FeatureStore(result.folder / "skeleton.arrow")
    raw = FeatureStore(result.folder / "unfiltered.arrow")
    joints, corpus = filtered.metadata["joints"], filtered.metadata["corpus"]
    hands = (index for index, name in enumerate(joints) if "wrist" in name or "hand" in name)
    hand = next(hands, len(joints) - 1)  # joints may have no names
    figure, axes = plt.subplots(3, 1, figsize=(7, 4.2), sharex=True)
    for index, (axis, name) in enumerate(zip(axes, "xyz", strict=True)):
        axis.plot(raw[sample][:, hand, index], color=PALETTE[1], linewidth=1, label="before")
        axis.plot(filtered[sample][:, hand, index], color=PALETTE[0], linewidth=1.8, label="after")
        axis.set_ylabel(f"{name} [m]")
    axes[0].legend(loc="upper right", ncols=2)
    axes[0].set_title(f"{sample}: {joints[hand]}")
    axes[-1].set_xlabel("frame")
    return {"trajectory": figure, "skeletons": skeletons(filtered[sample], corpus, sample)}
