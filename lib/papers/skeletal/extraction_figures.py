"""Tables and figures of the extraction notebook: counts, smoothing, detections, movement."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from lib.corpora import iemocap
from lib.corpora.provenance import Provenance
from lib.features.store import FeatureStore
from lib.features.tracks import fill_gaps
from lib.features.video import frames
from lib.figures.style import PALETTE
from lib.papers.skeletal.extraction import Extraction, dialogue_video
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


def overlay_figure(corpus: str, labelled: pd.DataFrame, least_score: float, shown: int = 4) -> Figure | None:
    """Detections (grey) and the people chosen in the first dialogue; None without video."""
    if "alphapose" not in labelled:
        return None
    first = labelled[labelled["dialogue"] == labelled["dialogue"].iloc[0]]
    video = dialogue_video(first.iloc[0])
    chosen = [fill_gaps(*found, least_score) for found in video.speakers(first).values()]
    middle = (first["start"] + first["end"]).to_numpy() / 2 * video.info.fps
    times = middle[np.linspace(0, len(middle) - 1, shown).round().astype(int)]
    wanted = {min(round(float(time)), video.frames - 1) for time in times}
    found = {index: image for index, _, image in frames(video.path, wanted)}
    columns = min(2, len(found))
    rows = -(-len(found) // columns)
    figure, axes = plt.subplots(rows, columns, figsize=(3.0 * columns, 2.2 * rows), squeeze=False)
    for axis in axes.ravel():
        axis.axis("off")
    for axis, (index, image) in zip(axes.ravel(), sorted(found.items()), strict=False):
        axis.imshow(image)
        people = video.poses.keypoints[video.poses.frame == index]
        lines = [(person, {"color": "0.6", "linewidth": 0.8}) for person in people]
        for person, colour in zip(chosen, PALETTE[1:], strict=False):
            lines.append((person[index], {"color": colour, "linewidth": 1.8}))
        for person, style in lines:
            for start, end in COCO_BONES:
                axis.plot(*person[[start, end], :2].T, **style)
        axis.set(xlim=(0, image.shape[1]), ylim=(image.shape[0], 0))
        axis.set_title(f"{first['dialogue'].iloc[0]}, frame {index}", fontsize="small")
    return figure


def movement_figures(result: Extraction) -> dict[str, Figure]:
    """Trajectory of a hand and skeletons over time, of the sample with the median length."""
    ordered = result.samples.sort_values(["frames", "sample_id"], kind="stable")
    sample = str(ordered["sample_id"].iloc[len(ordered) // 2])
    filtered = FeatureStore(result.folder / "skeleton.arrow")
    raw = FeatureStore(result.folder / "unfiltered.arrow")
    joints, corpus = filtered.metadata["joints"], filtered.metadata["corpus"]
    hand = next(index for index, name in enumerate(joints) if "wrist" in name or "hand" in name)
    figure, axes = plt.subplots(3, 1, figsize=(7, 4.2), sharex=True)
    for index, (axis, name) in enumerate(zip(axes, "xyz", strict=True)):
        axis.plot(raw[sample][:, hand, index], color=PALETTE[1], linewidth=1, label="before")
        axis.plot(filtered[sample][:, hand, index], color=PALETTE[0], linewidth=1.8, label="after")
        axis.set_ylabel(f"{name} [m]")
    axes[0].legend(loc="upper right", ncols=2)
    axes[0].set_title(f"{sample}: {joints[hand]}")
    axes[-1].set_xlabel("frame")
    return {"trajectory": figure, "skeletons": skeletons(filtered[sample], corpus, sample)}
