"""Trained networks by the folder of their run or card, and those that this project has."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from torch import nn

from lib import params
from lib.content import reading
from lib.evaluation.metrics import HEADLINE
from lib.evaluation.predictions import CLASSES, LABEL_SETS, VALUES, Kind, kind_of
from lib.evaluation.scores import score_table
from lib.models.registry import modalities
from lib.papers import kept
from lib.papers.skeletal.training import FITTED
from lib.params import project_path
from lib.runs.phases import STORE
from lib.runs.store import DONE, damage
from scripts.predict import cards, networks
from scripts.predict.cards import CARD, ModelError

KINDS = {"skeletal": CLASSES, "audiovisual": CLASSES, "context": LABEL_SETS, "valence": VALUES}
SYNTHETIC = "synthetic sample"
PARTS = {"audio": "voice", "video": "face", "text": "words", "skeleton": "body", "mocap": "markers"}
"""What the modalities of a network are in a recording."""
FACTS = ("work", "experiment", "corpus", "seed", "split", "settings", "code", "data")


def read(folder: Path) -> dict[str, Any]:
    """What a run or card says about its network.

    Raises
    ------
    ModelError
        If there is no such folder, or it is damaged or no run or card of a network.
    """
    if not folder.is_dir():
        raise ModelError(f"{folder}: there is no such folder: name a run (runs/<key>) or a card")
    if (folder / CARD).is_file():
        record = cards.read(folder)
        if record["paper"] not in KINDS:
            raise ModelError(f"{folder} is a card of {record['paper']}, none of {', '.join(KINDS)}")
        return record
    if not (folder / DONE).is_file():
        raise ModelError(f"{folder} is neither a finished run ({DONE}) nor a card ({CARD})")
    if wrong := damage(folder):
        raise ModelError(f"{folder} is a damaged run: {'; '.join(wrong)}: make repro trains it again")
    with reading(folder, ModelError, "is a damaged run: make repro trains it again"):
        return _run(folder)


def _run(folder: Path) -> dict[str, Any]:
    """What a whole run says about its network."""
    done = json.loads((folder / DONE).read_text(encoding="utf-8"))
    if not (folder / "model.safetensors").is_file():
        raise ModelError(f"{folder} is a run of {done['experiment']}, which is no network")
    if not (folder / kept.FILE).is_file():
        raise ModelError(f"{folder} was made by an earlier version, without {kept.FILE}: make repro")
    record = {name: done[name] for name in FACTS} | {"paper": done["work"].split(".")[2]}
    if record["paper"] not in KINDS:
        raise ModelError(
            f"{folder} is a run of {record['paper']}, whose features are made from a corpus alone"
        )
    record |= json.loads((folder / kept.FILE).read_text(encoding="utf-8"))
    if (folder / FITTED).is_file():
        record["fitted"] = json.loads((folder / FITTED).read_text(encoding="utf-8"))
    return record


@dataclass(frozen=True)
class Trained:
    """One training: its folder and what is known about it (`read`)."""

    folder: Path
    record: dict[str, Any]

    @property
    def is_card(self) -> bool:
        """Whether the folder is a card, which holds all weights itself."""
        return (self.folder / CARD).is_file()

    @property
    def kind(self) -> Kind:
        """Kind of its predictions."""
        return KINDS[self.record["paper"]]

    @property
    def names(self) -> list[str]:
        """Classes or labels in the order of its outputs, or valence."""
        labels = self.record["features"].get("labels") or ["valence"]
        return list(self.record["settings"].get("classes") or labels)

    @property
    def parts(self) -> tuple[str, ...]:
        """What it needs of a recording: voice, face, words, body, markers or scene."""
        model = self.record["settings"]["model"]
        if self.record["paper"] == "skeletal":
            return tuple(PARTS[kind] for kind in modalities(model["model"]))
        if self.record["paper"] == "audiovisual":
            both = {"both": ("audio", "video")}.get(model["modality"], (model["modality"],))
            return tuple(PARTS[kind] for kind in both)
        return ("scene",) if self.record["paper"] == "context" else ("face",)

    @property
    def is_synthetic(self) -> bool:
        """Whether it was trained on a sample corpus."""
        return self.record["features"].get("marker") == SYNTHETIC

    @cached_property
    def network(self) -> nn.Module:
        """The network, in evaluation mode.

        Raises
        ------
        ModelError
            If weights, also those of an encoder's run, are missing, damaged or of another network.
        """
        for entry in self.record["settings"].get("encoders", {}).values():
            encoder = self.folder.parent / Path(entry["folder"]).name
            if not self.is_card and (wrong := damage(encoder)):
                raise ModelError(f"{self.folder} needs the run {encoder}: {'; '.join(wrong)}: make repro")
        try:
            return networks.assemble(self.record, self.folder.resolve(), self.is_card)
        except ImportError:
            raise
        except Exception as error:  # whatever settings or weights of another version provoke
            told = f"{type(error).__name__}: {' '.join(str(error).split())}"
            raise ModelError(f"{self.folder}: the weights cannot be loaded: {told}") from error

    def outputs(self, features: str | Path, units: list[str]) -> NDArray[Any]:
        """See `scripts.predict.networks.outputs`."""
        return networks.outputs(self.network, self.record, Path(features), units)

    def predictions(self, file: str = "predictions.parquet") -> pd.DataFrame:
        """Stored predictions of a run; empty for a card."""
        path = self.folder / file
        return pd.read_parquet(path) if path.is_file() and not self.is_card else pd.DataFrame()


def load(folder: str | Path) -> Trained:
    """A training by the folder of its run or card; ModelError says what is wrong with it."""
    trained = Trained(Path(folder), read(Path(folder)))
    with reading(trained.folder, ModelError, "has settings of another form: make card or make repro"):
        if not (trained.names and trained.parts):
            raise ValueError("it names no classes or parts")
    return trained


def stored(folder: Path | None = None) -> list[Trained]:
    """Every network of the project's runs that was trained on the true labels of a corpus itself."""
    found = []
    for path in sorted((folder or project_path(STORE)).glob(f"*/{DONE}")):
        try:
            record = read(path.parent)
        except (ModelError, ValueError, KeyError):
            continue
        origin = record["settings"].get("folder") or record["settings"]["samples"]
        leaking = record["settings"].get("unit") == "segment"  # segments of one clip trained and tested on
        if not leaking and not origin.startswith(f"{STORE}/"):  # where permuted labels lie
            found.append(Trained(path.parent, record))
    return found


def chosen(trained: Iterable[Trained]) -> list[list[Trained]]:
    """Trainings of the experiments that each paper reports, one for each corpus and set of parts.

    Those that were tested on unseen groups come before others, and later ones before earlier ones.
    """
    groups: dict[tuple[str, ...], list[Trained]] = {}
    for each in trained:
        settings = {name: own for name, own in each.record["settings"].items() if name != "encoders"}
        text = json.dumps([settings, each.record["split"]["scheme"], each.record["code"]], sort_keys=True)
        about = [each.record[name] for name in ("paper", "corpus", "experiment")]
        groups.setdefault((*about, text), []).append(each)

    def rank(own: list[Trained]) -> tuple[int, bool, float]:
        first = own[0].record
        stage = params.block(f"{first['paper']}.training", first["corpus"])
        models, wanted = stage["models"], list(stage["experiments"])
        wanted += [name for each in wanted for name in models[each].get("encoders", {}).values()]
        place = wanted.index(first["experiment"]) if first["experiment"] in wanted else len(wanted)
        newest = max((each.folder / DONE).stat().st_mtime for each in own)
        return -place, not first["groups"]["shared"], newest

    best: dict[tuple[Any, ...], list[Trained]] = {}
    for own in sorted(groups.values(), key=rank):
        record = own[0].record
        best[record["paper"], record["corpus"], frozenset(own[0].parts)] = own
    return [best[key] for key in sorted(best, key=lambda key: (*key[:2], sorted(key[2])))]


def scores(trained: list[Trained]) -> dict[str, Any]:
    """Main score of some trainings of one experiment on their stored test parts, with its interval.

    ``metric``, ``score``, ``low``, ``high``, ``samples``, ``runs``; a card's own where there is no table.
    """
    tables = [table for each in trained if len(table := each.predictions())]
    if not tables:
        return dict(trained[0].record.get("scores", {}))
    table = pd.concat(tables, ignore_index=True)
    name = HEADLINE[kind_of(table).name]
    try:
        row = score_table(table).query("metric == @name").iloc[0]
    except ValueError:  # one person alone was tested: there is no interval
        return {}
    values = {key: float(row[key]) for key in ("score", "low", "high")}
    return {"metric": name, **values, "samples": int(row["samples"]), "runs": int(row["runs"])}


def about(trained: list[Trained]) -> str:
    """Two or three sentences: what was trained on which data, and how well it did on whom."""
    record, found = trained[0].record, scores(trained)
    groups = record["groups"]
    kind = "pictures" if record["paper"] == "context" else "people"
    if not groups["test"]:
        whom = "on samples whose people are not known"
    elif groups["shared"]:
        whom = f"on samples of {kind} that it was trained on too (on unseen {kind} expect less)"
    else:
        whom = f"on {kind} that it was not trained on"
    text = f"{record['experiment']} ({record['paper']}), trained on {record['corpus']}"
    text += f" ({record['features'].get('marker', 'unknown data')}), trainings: {len(trained)}."
    if found and np.isfinite(found["score"]):
        interval = f"[{found['low']:.3f}, {found['high']:.3f}]"
        text += f" {found['metric']} {found['score']:.3f} {interval} {whom}, {found['samples']} samples."
    if trained[0].is_synthetic:
        text += " A model trained on the synthetic sample says nothing about people."
    return text
