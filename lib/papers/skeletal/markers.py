"""Checks by IEMOCAP's motion capture, which change no result: rule of sides, lifted hands."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import procrustes

from lib.features.kinematics import COCO_KEYPOINTS, H36M_JOINTS, UPPER_BODY
from lib.features.mocap import read_markers
from lib.features.store import FeatureStore
from lib.features.tracks import SIDES
from lib.papers.skeletal.detections import DialogueVideo, marker_files

PARTS = ("nose", "left_wrist", "right_wrist")
KEYPOINTS = [COCO_KEYPOINTS.index(part) for part in PARTS]
WRISTS = [[H36M_JOINTS[joint] for joint in UPPER_BODY].index(part) for part in PARTS[1:]]
COLUMNS = [f"{part}, {side}" for side in SIDES for part in PARTS]
STEP, DELAYS, LEAST, SURE = 0.4, range(-2, 3), 30, 0.25
"""Seconds of a cell of the time grid; cells of delay; least cells to compare; margin that is enough:
of 121 pairs of a sample's dialogue and another's markers it is 0.22 at most, with its own 0.6."""


def compare_sides(turn: Any, video: DialogueVideo, least_score: float) -> dict[str, Any]:
    """In which half of the picture somebody moves as a dialogue's markers of head and hands do.

    For each half and part: the multiple correlation (of ranks, mean of x and y, at the best delay)
    of the 2D velocity with the markers' velocities in three axes, which nobody knows. The margin is
    the mean in the half of the `rule`, with `swap_sides`, minus that in the other; the half `found`
    needs one of `SURE`. `turn` is any of a dialogue; without own marker files nothing is compared.
    """
    left = (turn["side"] == "left") == (turn["speaker"][5] == turn["dialogue"][5])
    row = {"dialogue": turn["dialogue"], "rule": SIDES[not left], "found": "unsure"}
    if not (tracks := _own(turn)):
        return row
    for keypoints, present in video.people.values():
        seen = present[:, None] & (keypoints[:, KEYPOINTS, 2] >= least_score)  # (T, parts)
        places = np.where(seen[..., None], keypoints[:, KEYPOINTS, :2], np.nan)
        tracks.append((np.arange(len(seen)) / video.info.fps, places.reshape(len(seen), -1)))
    cells = [pd.DataFrame(places).groupby(times // STEP).mean().diff() for times, places in tracks]
    body, halves = pd.concat(cells[:2], axis=1), pd.concat(cells[2:], axis=1)
    tried = []
    for delay in DELAYS:
        table = pd.concat([body, halves.shift(delay)], axis=1).corr("spearman", min_periods=LEAST).to_numpy()
        own = np.einsum("papb->pab", table[:9, :9].reshape(3, 3, 3, 3))
        both = np.einsum("paspx->pasx", table[:9, 9:].reshape(3, 3, 2, 3, 2))  # part, axis, side, x or y
        tried.append(np.sqrt(np.einsum("pasx,pab,pbsx->spx", both, np.linalg.inv(own), both)).mean(axis=2))
    found = max(tried, key=np.nansum)  # (sides, parts)
    margin = pd.Series(found[0] - found[1]).mean() * (1 if left else -1)
    if abs(margin) >= SURE:
        row["found"] = SIDES[int(left != (margin > 0))]
    return row | {"margin": margin} | dict(zip(COLUMNS, found.ravel(), strict=True))


def contradictions(sides: pd.DataFrame) -> str:
    """What contradicts the rule in rows of `compare_sides`, and the `swap_sides` that would mend it."""
    names, known = sides["dialogue"], sides["found"] != "unsure"
    wrong = known & (sides["found"] != sides["rule"])
    text = f"Markers show sides in {known.sum()} of {len(sides)} dialogues; {wrong.sum()} contradict the rule"
    swapped, entries = set(names[(sides["rule"] == "right") != wrong]), []
    for length in (5, 6, None):  # session, recording, dialogue
        for name, group in names.groupby(names.str[:length]):
            if swapped.issuperset(group) and (len(group) > 1 or not length):
                entries.append(str(name))
                swapped -= set(group)
    mend = f": {', '.join(names[wrong])}; skeletal.extraction.swap_sides: [{', '.join(entries)}] corrects it"
    return text + mend * bool(wrong.any())


def wrist_errors(samples: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """Lifted wrists in `folder` beside the hands' markers of the same actor, by dialogue.

    After a similarity transform of a dialogue (Procrustes, which may mirror): correlation of the
    movement around mean places, mean distance, and that of wrists which stay in their mean places.
    """
    store, rows = FeatureStore(folder / "skeleton.arrow"), []
    worn = samples["speaker"].str[5] == samples["dialogue"].str[5]
    for dialogue, turns in samples[worn].groupby("dialogue", sort=False):
        pairs, own = [], _own(turns.iloc[0])
        for turn in turns.to_dict("records") if own else ():
            wrists = store[turn["sample_id"]][:, WRISTS].reshape(-1, 6)  # (T, wrists x axes)
            now = np.linspace(turn["start"], turn["end"], len(wrists), endpoint=False)
            hands = [np.interp(now, own[1][0], axis, np.nan, np.nan) for axis in own[1][1].T]
            pairs.append(pd.DataFrame([*hands, *wrists.T]).T.dropna())
        if (frames := sum(map(len, pairs))) >= LEAST:
            both = [part.reshape(-1, 3) for part in np.split(pd.concat(pairs).to_numpy(), 2, axis=1)]
            size = np.linalg.norm(both[0] - both[0].mean(axis=0))
            hand, wrist = (size * part.reshape(-1, 2, 3) for part in procrustes(*both)[:2])
            still, moved = (part - part.mean(axis=0) for part in (hand, wrist))
            errors = [np.linalg.norm(error, axis=2).mean() for error in (hand - wrist, still)]
            rows.append([dialogue, frames, np.corrcoef(still.ravel(), moved.ravel())[0, 1], *errors])
    return pd.DataFrame(rows, columns=["dialogue", "frames", "correlation", "error [mm]", "at rest [mm]"])


def _own(turn: Any) -> list[tuple[NDArray, NDArray]]:
    """Times and places, mm, of head, (rows, 3), and hands, (rows, 6); empty without own files."""
    files = marker_files(turn)
    if {files["head"].stem, files["hand"].stem} != {turn["dialogue"]}:
        return []
    (times, head, _), (moments, hands, _) = (read_markers(files[kind], kind) for kind in ("head", "hand"))
    hands = np.ma.masked_invalid(hands.reshape(-1, 2, 3, 3)).mean(axis=2).filled(np.nan)
    return [(times, head[:, 3:]), (moments, hands.reshape(-1, 6))]
