"""What trained networks say about files: tables, kept by file so that work on a folder can continue."""

import hashlib
import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from lib import files
from lib.runs.run import file_version
from scripts.predict.cards import DIGEST, WEIGHTS
from scripts.predict.features import Units, prepare
from scripts.predict.models import ModelError, Trained, chosen, load, stored
from scripts.predict.recording import (
    ANY,
    Recording,
    RecordingError,
    existing,
    kind_of,
    read,
    readable,
    require_rate,
    words_of,
)
from scripts.predict.uncertainty import answers

ABOUT = ["file", "model", "paper", "corpus", "parts"]
VALUES = ["start", "end", "name", "value", "spread", "trainings", "conformal", "low", "high"]
COLUMNS = [*ABOUT, *VALUES]
LACKING = ["file", "part", "start", "end", "what"]


@dataclass(frozen=True)
class Given:
    """A file with what is said in it, its poses, the person's box and its frames per second (0: unknown).

    `problem` is why what was given with it cannot be used; empty if it can.
    """

    path: Path
    words: str = ""
    poses: Path | None = None
    box: tuple[float, ...] | None = None
    frames: float = 0.0
    problem: str = ""

    def read(self) -> Recording:
        """The recording; see `scripts.predict.recording.read`."""
        if self.problem:
            raise RecordingError(self.problem)
        return read(self.path, self.words, self.poses, list(self.box) if self.box else None, self.frames)


def given(path: str, text: str = "", poses: str = "", box: str = "", frames: float = 0.0) -> list[Given]:
    """A file, or all files of a folder that can be read, by their names.

    `text` are words or a file of them. In a folder, ``<name>.txt`` has the words of a file and
    ``<name>.json`` the poses of a video; a file whose words cannot be read is among them with its problem.

    Raises
    ------
    RecordingError
        If there is no such file, no file in the folder, no file of words or poses, the file of words is no
        text, the box is not four numbers, or the frames per second are none.
    """
    place = Path(path)
    try:
        corners = tuple(float(value) for value in box.replace(",", " ").split()) or None
    except ValueError:
        corners = ()
    if corners is not None and (len(corners) != 4 or not all(map(math.isfinite, corners))):
        raise RecordingError(f"BOX {box!r} is not x1,y1,x2,y2 in pixels")
    if frames != 0:
        require_rate(frames)
    if poses and not Path(poses).is_file():
        raise RecordingError(f"POSE {poses}: there is no such file")
    source = existing(text)
    if source is None and text.endswith(".txt") and not text.count(" "):
        raise RecordingError(f"TEXT {text}: there is no such file; words are given as they are")
    words = words_of(source) if source and source.is_file() else text
    if not place.is_dir():
        return [Given(place, words, Path(poses) if poses else None, corners, frames)]
    found = []
    videos = {own.stem for own in place.iterdir() if kind_of(own) == "video"}
    for own in sorted(filter(readable, place.iterdir())):
        if kind_of(own) == "pose" and own.stem in videos:
            continue
        said, moved = own.with_suffix(".txt"), own.with_suffix(".json")
        has = kind_of(own) == "video" and moved.is_file()
        one = Given(own, words, moved if has else None, corners, frames)
        try:
            found.append(replace(one, words=words_of(said)) if said.is_file() else one)
        except RecordingError as error:
            found.append(replace(one, problem=str(error)))
    if not found:
        raise RecordingError(f"{place} holds no {ANY}")
    return found


def models(names: Sequence[str] = ()) -> list[list[Trained]]:
    """Trainings by experiment: of the named folders, or of this project's runs.

    Raises
    ------
    ModelError
        If a folder holds none, or no run of this project does.
    """
    if not names:
        if not (found := chosen(stored())):
            raise ModelError("no trained network in runs/: make repro trains them, or name one (MODEL)")
        return found
    groups: dict[tuple[str, ...], list[Trained]] = {}
    for name in names:
        one = load(name)
        about = [str(one.record[key]) for key in ("paper", "corpus", "experiment")]
        groups.setdefault((*about, *one.names), []).append(one)
    return list(groups.values())


def usable(groups: Iterable[list[Trained]], recording: Recording) -> list[list[Trained]]:
    """Trainings whose parts the recording has.

    Raises
    ------
    RecordingError
        If there is none; says what they need.
    """
    groups = list(groups)
    found = [own for own in groups if recording.parts.issuperset(own[0].parts)]
    if not found:
        needs = sorted({" and ".join(own[0].parts) for own in groups})
        what = ", ".join(sorted(recording.parts)) or "nothing that a network reads"
        raise RecordingError(f"{recording.path} has {what}; the networks need {'; or '.join(needs)}")
    return found


def predict(groups: list[list[Trained]], recording: Recording) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tables with the columns `COLUMNS`, and `LACKING` of what is missing, of one recording."""
    tables, missing = [], list(recording.missing)
    with TemporaryDirectory() as scratch:
        made: dict[str, tuple[Path, Units]] = {}
        for trained in usable(groups, recording):
            record = trained[0].record
            outputs = []
            for each in trained:
                own = each.record
                inputs = {name: own["settings"].get(name) for name in ("inputs", "model", "stride")}
                key = json.dumps([own["paper"], inputs, own["features"], each.parts], sort_keys=True)
                if key not in made:
                    folder = Path(scratch) / str(len(made))
                    made[key] = folder, prepare(each, recording, folder)
                folder, units = made[key]
                if units.names:
                    outputs.append(each.outputs(folder, units.names))
            missing += units.missing
            if outputs:
                table = answers(trained, outputs, units.spans)
                about = (recording.path.name, record["experiment"], record["paper"], record["corpus"])
                values = dict(zip(ABOUT, (*about, " + ".join(trained[0].parts)), strict=True))
                tables.append(table.assign(**values))
    rows = [(recording.path.name, *own) for own in dict.fromkeys(missing)]
    lacking = pd.DataFrame(rows, columns=LACKING).sort_values(["part", "start"], kind="stable")
    found = pd.concat(tables, ignore_index=True)[COLUMNS] if tables else pd.DataFrame(columns=COLUMNS)
    return found.astype({"conformal": "boolean"}), lacking.reset_index(drop=True)


def digest(groups: list[list[Trained]], one: Given) -> str:
    """Key of an answer: content of the file and of all that was given with it, and the models."""
    weights = [
        file_version(each.folder / WEIGHTS) + str(each.record.get("code")) + each.record.get(DIGEST, "")
        for own in groups
        for each in own
    ]
    facts = [one.words, file_version(one.poses) if one.poses else "", one.box, one.frames]
    text = json.dumps([file_version(one.path), one.path.name, facts, weights])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def answered(
    groups: list[list[Trained]], wanted: list[Given], folder: Path
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, str]]:
    """Answers on files, what is missing in them, and by file why it cannot be used.

    Answers are kept in `folder` as soon as they are there, and taken from it the next time. A single file
    that cannot be used raises its `RecordingError`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tables, missing, refused = [], [], {}
    for one in wanted:
        try:
            if not one.path.is_file():
                raise RecordingError(f"{one.path}: there is no such file")
            if one.problem:
                raise RecordingError(one.problem)
            place = folder / digest(groups, one)
            ready = [place.with_suffix(f".{name}.parquet") for name in ("answers", "missing")]
            if not all(path.is_file() for path in ready):
                for path, table in zip(ready, predict(groups, one.read()), strict=True):
                    files.write_parquet(path, table)
        except RecordingError as error:
            if len(wanted) == 1:
                raise
            refused[one.path.name] = str(error)
            continue
        tables.append(pd.read_parquet(ready[0]))
        missing.append(pd.read_parquet(ready[1]))
    parts: list[Any] = [
        pd.concat(own, ignore_index=True) if own else pd.DataFrame(columns=names)
        for own, names in ((tables, COLUMNS), (missing, LACKING))
    ]
    return parts[0], parts[1], refused


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """One row for each file and model: mean value of every name over time, and the highest name."""
    if not len(table):
        return pd.DataFrame(columns=[*ABOUT, "seconds", "highest", "value"])
    weighted = table.assign(seconds=(table["end"] - table["start"]).clip(lower=1e-9))
    weighted["product"] = weighted["value"] * weighted["seconds"]
    sums = weighted.groupby([*ABOUT, "name"], sort=False)[["product", "seconds"]].sum()
    means = (sums["product"] / sums["seconds"]).rename("value").reset_index()
    best = means.loc[means.groupby(ABOUT, sort=False)["value"].idxmax()]
    covered = table.groupby(ABOUT, sort=False)["end"].max().rename("seconds").reset_index()
    return best.rename(columns={"name": "highest"}).merge(covered, on=ABOUT)[
        [*ABOUT, "seconds", "highest", "value"]
    ]
