"""Readers of corpora, with the small corpora of their own tests."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
import yaml
from PIL import Image
from scipy.io import savemat

from lib.corpora import egait, emodb, emotic, enterface, iemocap, provenance, ravdess, recola, rml, sewa
from lib.corpora.provenance import Provenance
from tests.corpora.conftest import write_egait, write_iemocap
from tests.corpora.test_emotic import person, picture, write_arrays, write_csv
from tests.corpora.test_recola_sewa import write_recola, write_sewa
from tests.fuzz.harness import Entry

RATED = {"iemocap": (0, 6), "emotic": (0, 10), "trace": (-1, 1)}
"""Lowest and highest rating by scale, with the raters' means that the releases hold."""


def _outside(found: Any, scale: str) -> str | None:
    low, high = RATED[scale]
    values = np.asarray(found, float)
    return f"ratings beyond {low} to {high}" if ((values < low) | (values > high)).any() else None


def _iemocap(file: str) -> Callable[[Path], list[Path]]:
    def make(folder: Path) -> list[Path]:
        labels = {"Ses01F_impro01": ["ang", "hap", "exc"], "Ses02M_script01_1": ["sad", "neu"]}
        write_iemocap(folder, labels)
        return sorted((folder / "IEMOCAP_full_release").glob(f"Session*/dialog/{file}/Ses*.txt"))

    return make


def _turns(found: pd.DataFrame, whole: pd.DataFrame, how: str) -> str | None:
    if "\ufffd" in "".join(found["transcript"].dropna()):
        return "a transcript that is no text"
    if not (found["start"] < found["end"]).all():
        return "a turn that ends before it starts"
    return _outside(found[["valence", "activation", "dominance"]], "iemocap")


def _egait(file: str) -> Callable[[Path], list[Path]]:
    def make(folder: Path) -> list[Path]:
        write_egait(folder, {"000_00_positions.csv": 0, "001_walk_an_1.csv": 1, "S1_1": 3}, frames=5)
        index = {"key": ["000_00_positions.csv", "001_walk_an_1.csv", "S1_1"]}
        index["perceived_emotion"] = ["happy", "angry", "neutral"]
        pd.DataFrame(index).to_csv(folder / "index.csv", index=False)
        return [folder / file]

    return make


def _walked(found: Any, whole: Any, how: str) -> str | None:
    far = any((np.abs(positions) >= 100).any() for _, positions in found[1])
    return "joints 100 m away" if far else None


def _packed(folder: Path) -> list[Path]:
    """Emotion-Gait in compressed chunks."""
    _egait("features.h5")(folder)
    with h5py.File(folder / "features.h5", "r") as file:
        content = {key: file[key][()] for key in file}
    with h5py.File(folder / "features.h5", "w") as file:
        for key, values in content.items():
            file.create_dataset(key, data=values, compression="gzip", shuffle=True, fletcher32=True)
    return [folder / "features.h5"]


def _read_egait(folder: Path) -> Any:
    return egait.read(folder), list(egait.joints(folder))


def _emotic_mat(packed: bool) -> Callable[[Path], list[Path]]:
    def make(folder: Path) -> list[Path]:
        both = [person([1, 1, 9, 9], [["Pain"], ["Fear"]], [[2, 6, 3], [4, 8, 3]], ["Fear", "Pain"])]
        content = {part: [picture("a.jpg", both), picture("b.jpg", both * 2)] for part in emotic.PARTS}
        path, images = folder / "Annotations" / "Annotations.mat", folder / "emotic/mscoco/images"
        path.parent.mkdir()
        images.mkdir(parents=True)
        for name in "ab":
            Image.new("L", (60, 40)).save(images / f"{name}.jpg")
        savemat(path, content, do_compression=packed)
        return [path]

    return make


def _emotic_csv(folder: Path) -> list[Path]:
    write_csv(folder)
    return [folder / "train.csv", folder / "val.csv"]


def _emotic_arrays(folder: Path) -> list[Path]:
    write_arrays(folder)
    return [folder / "annots_arrs" / "annot_arrs_val.csv"]


def _emotic_picture(folder: Path) -> list[Path]:
    return [write_csv(folder)]


def _people(found: pd.DataFrame, whole: pd.DataFrame, how: str) -> str | None:
    if ((found[["width", "height", "annotated_width", "annotated_height"]] <= 0).any()).any():
        return "a picture without size"
    return _outside(found[list(emotic.CONTINUOUS)], "emotic")


def _recola(folder: Path) -> list[Path]:
    write_recola(folder, 1, 40)
    return sorted((folder / "AVEC2016").glob("ratings_gold_standard/valence/*_1.arff"))


def _raters(folder: Path) -> list[Path]:
    _recola(folder)
    return sorted((folder / "AVEC2016").glob("ratings_individual/valence/*.csv"))


def _sewa(folder: Path) -> list[Path]:
    write_sewa(folder, 1, 1)
    return sorted(folder.glob("labels/*.csv"))


def _traces(reader: Any) -> Callable[[Path], Any]:
    def read(folder: Path) -> Any:
        rows = reader.read(folder).to_dict("records")
        return [(row["sample_id"], reader.trace(folder, row), reader.ratings(folder, row)) for row in rows]

    return read


def _rated(found: Any, whole: Any, how: str) -> str | None:
    for _, *tracks in found:
        for times, values in (track for track in tracks if track is not None):
            if not (np.diff(times) > 0).all():
                return "times that fall"
            if said := _outside(values, "trace"):
                return said
    return None


def _provenance(folder: Path) -> list[Path]:
    effects = {"posture": {"own": 0.5, "classes": [1, 2, 3]}, "name": "a"}
    (folder / "effects.yaml").write_text(yaml.safe_dump(effects))
    facts = {"corpus": "emodb", "kind": "synthetic", "version": "0" * 16, "source": "drawn", "licence": "CC0"}
    facts |= {"counts": {"recordings": 3}, "files": 3, "bytes": 1234, "effects": "effects.yaml"}
    Provenance.model_validate(facts).write(folder)
    return [folder / "PROVENANCE.json"]


def _effects(folder: Path) -> list[Path]:
    _provenance(folder)
    return [folder / "effects.yaml"]


def _named(*names: str) -> Callable[[Path], list[Path]]:
    def make(folder: Path) -> list[Path]:
        for name in names:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(b"\0")
        return [folder / name for name in names]

    return make


def _all_of_ravdess(folder: Path) -> Any:
    return ravdess.read(folder, speech_only=False, modality=None)


def _all_of_enterface(folder: Path) -> Any:
    return enterface.read(folder, complete_only=False)


SPOKEN, SUNG = "Actor_01/03-01-06-01-02-01-01.wav", "Actor_02/02-02-03-02-01-02-02.mp4"
SENTENCE = "subject 2/fear/sentence 3/s2_fe_3.avi"
ENTRIES = [
    Entry("IEMOCAP: annotations", _iemocap("EmoEvaluation"), iemocap.read, _turns),
    Entry("IEMOCAP: transcripts", _iemocap("transcriptions"), iemocap.read, _turns),
    Entry("Emotion-Gait: features.h5", _egait("features.h5"), _read_egait, _walked),
    Entry("Emotion-Gait: compressed features.h5", _packed, _read_egait, _walked, share=0.5),
    Entry("Emotion-Gait: labels.h5", _egait("labels.h5"), _read_egait, _walked),
    Entry("Emotion-Gait: index.csv", _egait("index.csv"), _read_egait, _walked, share=0.5),
    Entry("EMOTIC: Annotations.mat", _emotic_mat(False), emotic.read, _people, missing=True, share=0.5),
    Entry(
        "EMOTIC: compressed Annotations.mat", _emotic_mat(True), emotic.read, _people, missing=True, share=0.5
    ),
    Entry("EMOTIC: csv", _emotic_csv, emotic.read, _people, missing=True),
    Entry("EMOTIC: csv of arrays", _emotic_arrays, emotic.read, _people, missing=True),
    Entry("EMOTIC: headers of pictures", _emotic_picture, emotic.read, _people, missing=True),
    Entry("RECOLA: gold standard", _recola, _traces(recola), _rated),
    Entry("RECOLA: individual ratings", _raters, _traces(recola), _rated),
    Entry("SEWA: labels", _sewa, _traces(sewa), _rated),
    Entry("RML: names", _named("rml-1/s1/english/an1.avi", "rml-2/s2/ha2.avi"), rml.read, names=True),
    Entry("eNTERFACE'05: names", _named(SENTENCE, "subject 6/s6_an.avi"), _all_of_enterface, names=True),
    Entry("RAVDESS: names", _named(SPOKEN, SUNG), _all_of_ravdess, names=True),
    Entry("EMO-DB: names", _named("wav/03a01Fa.wav", "wav/16b10Wb.wav"), emodb.read, names=True),
    Entry(
        "PROVENANCE.json", _provenance, lambda folder: json.loads(provenance.read(folder).model_dump_json())
    ),
    Entry("planted effects", _effects, provenance.effects, missing=True),
]
