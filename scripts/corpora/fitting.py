"""How the notebooks take a corpus of one's own: scheme of the folds, profile, parts, lists."""

import warnings
from collections.abc import Sequence
from math import ceil
from pathlib import Path

import numpy as np
import pandas as pd

from lib.corpora import table as reader
from lib.corpora.catalogue import CorpusError, Use
from lib.splits import schemes
from lib.splits.split import Split, SplitError
from lib.trees import Tree
from scripts.corpora.table import PARTS, RECORDING

FEWEST = 3
"""Speakers or sessions that folds without shared ones need: a part each."""
MOST_LEFT_OUT = 24
"""Speakers up to which each is left out once."""
FOLDS, SEED = 5, 20260401
FRAME_RATE, STEP = 100, 50
"""Frames of MFCC a second; sequences are padded to a multiple of so many frames."""
UNNAMED = (
    "no speaker is named, so that the same person may train and test, and scores may be too high for new "
    "people; name the speakers in a column `speaker`"
)
PLACES = {
    "sound": "skeletal",
    "skeleton": "skeletal",
    "video": "audiovisual",
    "picture": "context",
    RECORDING: "valence",
}
"""Paper, as in ``lib.papers``, whose notebooks take files of a kind."""


def scheme_of(samples: pd.DataFrame) -> tuple[str, str | None]:
    """Scheme of the folds, and a warning if speakers are not kept apart."""
    speakers, groups = samples["speaker"].nunique(), samples["cluster"].nunique()
    if not (samples["speaker"] == "").any():
        if speakers >= FEWEST:
            return "speaker_kfold", None
        what = f"{speakers} speakers are too few for folds that share none ({FEWEST} are needed)"
        return "stratified_kfold", f"{what}, so that the same person trains and tests"
    if groups < FEWEST or groups == len(samples):
        return "stratified_kfold", UNNAMED
    return "cluster_kfold", UNNAMED


def profile_of(kind: str, samples: pd.DataFrame, scheme: str, sizes: Sequence[float], named: bool) -> Tree:
    """Values of the stages that differ from the papers'."""
    if kind == "picture":
        others = ["B+P", "B+E", "body", "place", "gist", "attention, all trained"]
        weights = dict.fromkeys(("body", "place", "gist"))
        blocks: Tree = {"extraction": {"weights": weights}, "training": {"repeats": 3}}
        return {"context": blocks | {"ablations": {"experiments": others}}}
    if kind == RECORDING:
        return {"valence": {"training": {"repeats": 3, "development": 2}, "traces": {"recordings": [0, 1]}}}
    groups = samples["speaker"] if scheme == "speaker_kfold" else samples["cluster"]
    least = samples["label"].value_counts().min() if scheme == "stratified_kfold" else groups.nunique()
    training: Tree = {"scheme": scheme, "folds": int(np.clip(least, 2, FOLDS)), "repeats": 3}
    if kind == "video":
        training["backbone"] = {"weights": None}
        cross = {"schemes": ["stratified_kfold", "leave_one_subject_out"], "repeats": 3}
        return {"audiovisual": {"training": training} | ({"cross_subject": cross} if named else {})}
    own = "ARE" if kind == "sound" else "SMACN"
    longest = np.quantile(sizes, 0.95) * (FRAME_RATE if kind == "sound" else 1)
    frames = STEP * ceil(longest / STEP)
    training["experiments"] = [own, *(["TRE"] if "transcript" in samples else [])]
    inputs = {"frames": frames, "standardise": True}
    training["inputs"] = {"audio" if kind == "sound" else "skeleton": inputs}
    if kind == "sound":
        training["training"] = {"batch_size": 64 if len(samples) >= 300 else 16, "epochs": 30, "patience": 5}
    else:
        training["training"] = {"batch_size": 16, "epochs": 60, "patience": 0, "keep": "last"}
    blocks = {"extraction": {"glove": "random"}} if "transcript" in samples else {}
    blocks["training"] = training
    if named:
        few = samples["speaker"].nunique() <= MOST_LEFT_OUT
        apart = "leave_one_speaker_out" if few else "speaker_kfold"
        cross = {"experiments": [own], "schemes": ["stratified_kfold", apart], "repeats": 3}
        blocks |= {"cross_speaker": cross, "fine_tuning": {"experiment": own, "repeats": 3, "draws": 1}}
    if kind == "skeleton":
        blocks["t_tests"] = {"pairs": [[own, other] for other in ("LSTM", "LSTM+Att", "CNN", "3DCNN")]}
    return {"skeletal": blocks}


def require_splits(path: Path, samples: pd.DataFrame, profile: Tree, named: bool) -> None:
    """Raise CorpusError if a scheme of the profile cannot be drawn from the samples."""
    (blocks,) = profile.values()
    if "scheme" not in (training := blocks["training"]):
        return
    crossed = [scheme for block in blocks.values() for scheme in block.get("schemes", ())]
    used = [training["scheme"], *crossed, *(["pretraining"] if "fine_tuning" in blocks else [])]
    for scheme in dict.fromkeys(used):
        try:
            _drawn(scheme, samples, training["folds"])
        except (SplitError, ValueError) as error:
            raise CorpusError(
                f"{path}: the folds {scheme} cannot be drawn from {len(samples)} samples ({error}): add "
                "samples of every class and speaker"
            ) from None


def _drawn(scheme: str, samples: pd.DataFrame, folds: int) -> list[Split]:
    with warnings.catch_warnings():  # of scikit-learn, where a class has fewer samples than folds
        warnings.simplefilter("ignore", UserWarning)
        return schemes.make(scheme, samples, folds, 1, SEED)


def with_parts(samples: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Pictures in fixed parts: those of the table, or drawn once so that no cluster is in two parts.

    Two clusters are tested at least, because intervals are over clusters. Of several divisions, the first
    with the fewest `labels_apart` is taken.
    """
    if "part" in samples:
        if missing := {part for part in ("train", "dev", "test") if PARTS[part] not in set(samples["part"])}:
            raise CorpusError(f"{path}: no row is in the split {min(missing)}: name train, dev and test")
        require_apart(samples, path)
        if samples.loc[samples["part"] == "test", "cluster"].nunique() < 2:
            what = "the split test has a single speaker, session or picture"
            raise CorpusError(f"{path}: {what}: move rows of another one to it")
        return samples
    first = samples["label"].str.split(reader.SEPARATOR).str[0]
    drawn = samples.assign(label=first.where(first.map(first.value_counts()) >= FOLDS, ""))
    owners = dict(zip(samples["sample_id"], samples["cluster"], strict=True))
    why = "fewer than two speakers, sessions or pictures would be tested"
    found: list[pd.DataFrame] = []
    for folds in range(min(FOLDS, len({*owners.values()})), 1, -1):
        try:
            splits = _drawn("cluster_kfold", drawn, folds)
        except (SplitError, ValueError) as error:
            why = str(error)
            continue
        for split in splits:
            names = {sample: part for part in ("train", "dev", "test") for sample in split.part(part)}
            if len({owners[sample] for sample in split.test}) > 1:
                found.append(samples.assign(part=samples["sample_id"].map(names).map(PARTS)))
    if not found:
        raise CorpusError(
            f"{path}: no parts can be drawn ({why}): add pictures, or name train, dev and test in a column "
            "split"
        )
    return min(found, key=lambda table: len(labels_apart(table)))


def labels_apart(samples: pd.DataFrame) -> list[str]:
    """Labels that no picture to train on, or none to test, has."""
    every = samples.assign(label=samples["label"].str.split(reader.SEPARATOR)).explode("label")
    counts = pd.crosstab(every["label"], every["part"])
    return [*counts.index[(counts[["train", "test"]] == 0).any(axis=1)]]


def require_apart(samples: pd.DataFrame, path: Path) -> None:
    """Raise CorpusError if a cluster is in two parts."""
    parts = samples.groupby("cluster")["part"].nunique()
    if (parts > 1).any():
        what = f"{parts.index[parts > 1][0]} is in two splits"
        raise CorpusError(f"{path}: {what}: keep each speaker, session or file in one")


def use_of(kind: str, words: bool) -> Use:
    text = ("text",) if words and kind in ("sound", "skeleton") else ()
    if kind == "sound":
        return Use(modalities=("audio", *text), columns={"sound": "path"})
    if kind == "skeleton":
        return Use(modalities=("skeleton", *text))
    if kind == "video":
        return Use(modalities=("audio", "video"), columns={"video": "path"})
    return Use(modalities=("video",))


def lists_of(kind: str, named: bool) -> tuple[str, ...]:
    paper = PLACES[kind]
    speakers = (f"{paper}.speaker_corpora",) if named and kind not in ("picture", RECORDING) else ()
    movement = ("skeletal.movement_corpora",) if kind == "skeleton" else ()
    return (f"{paper}.corpora", *movement, *speakers)
