"""Folds in the layout of EmoBox's metadata (Ma et al. 2024, "EmoBox: multilingual multi-corpus speech
emotion recognition toolkit and benchmark").

``<corpus>/fold_<n>/<corpus>_{train,valid,test}_fold_<n>.jsonl`` has a line for each sample with the keys
``key``, ``dataset``, ``wav``, ``type``, ``sample_rate``, ``num_frame``, ``task``, ``length``, ``emo``
and ``channel``. The file ``.json`` of the same name, which EmoBox's example recipe reads, has `SHORT` of
each ``key``. ``<corpus>.jsonl`` and ``<corpus>.json`` have all samples, and ``label_map.json`` names the
class of each ``emo``. Names of files, keys, emotions, classes and paths are those of EmoBox's public
metadata and of the code that writes it. EmoBox knows no repetitions: the first one is written. EmoBox
itself was not run on these files.
"""

import json
from pathlib import Path, PurePosixPath
from typing import Any

import pandas as pd

from lib.corpora import ravdess
from lib.files import write_text

SOUND = {"iemocap": "wav", "ravdess": "path"}
"""Column of the file of a sample's sound, by the corpora whose samples are files of sound."""
PART_NAMES = {"train": "train", "dev": "valid", "test": "test"}
PLACES = {"iemocap": ("", 5), "ravdess": ("audio/Audio_Speech_Actors_01-24/", 2)}
"""Where EmoBox expects the files of a corpus, and how many parts of our path follow."""
EMOTIONS = {
    "iemocap": {own: own for own in ("neu", "hap", "ang", "sad", "exc")},
    "ravdess": {own: own.capitalize() for own in ravdess.CLASSES},
}
"""EmoBox's ``emo`` by our label, by IEMOCAP's original one."""
CLASSES = {
    "neu": "Neutral", "hap": "Happy", "ang": "Angry", "sad": "Sad", "exc": "Happy", "Fearful": "Fear",
    "Surprised": "Surprise",
}  # fmt: skip
"""EmoBox's class of an ``emo`` where it has another name."""
SHORT = ("wav", "length", "emo", "dataset", "channel")
"""Keys of a sample in files ``.json``."""


def line(corpus: str, row: pd.Series, root: Path) -> dict[str, Any]:
    """Line of a sample; its number of samples and length are those of its file's header."""
    import soundfile

    path = PurePosixPath(str(row[SOUND[corpus]]))
    header = soundfile.info(root / corpus / path)
    above, parts = PLACES[corpus]
    return {
        "key": f"{corpus}-{row['sample_id']}",
        "dataset": corpus,
        "wav": f"downloads/{corpus}/{above}{'/'.join(path.parts[-parts:])}",
        "type": "raw",
        "sample_rate": header.samplerate,
        "num_frame": float(header.frames),
        "task": "category",
        "length": header.frames / header.samplerate,
        "emo": EMOTIONS[corpus][row["label_original" if corpus == "iemocap" else "label"]],
        "channel": 1,
    }


def _write(lines: list[dict[str, Any]], path: Path) -> list[Path]:
    """Write samples as lines (``.jsonl``) and as one object (``.json``)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = {own["key"]: {name: own[name] for name in SHORT} for own in lines}
    texts = {".jsonl": "".join(json.dumps(own) + "\n" for own in lines), ".json": json.dumps(whole, indent=4)}
    files = [path.with_name(path.name + suffix) for suffix in texts]
    for own, text in zip(files, texts.values(), strict=True):
        write_text(own, text)
    return files


def write(folds: pd.DataFrame, samples: pd.DataFrame, corpus: str, root: Path, folder: Path) -> list[Path]:
    """Write the first repetition of folds with ids; return the files.

    Parameters
    ----------
    folds : DataFrame
        From `scripts.folds.making.draw`.
    samples : DataFrame
        The corpus's samples, from `scripts.folds.making.samples`.
    root : Path
        Folder of all corpora.
    """
    lines = {str(row["sample_id"]): line(corpus, row, root) for _, row in samples.iterrows()}
    files = _write(list(lines.values()), folder / corpus / corpus)
    first = folds[folds["repeat"] == 0]
    for (number, part), own in first.groupby([first["fold"] + 1, "part"]):
        name = f"fold_{number}"
        path = folder / corpus / name / f"{corpus}_{PART_NAMES[str(part)]}_{name}"
        files += _write([lines[sample] for sample in own["id"]], path)
    known = {emo: CLASSES.get(emo, emo) for emo in EMOTIONS[corpus].values()}
    write_text(folder / corpus / "label_map.json", json.dumps(known, indent=4) + "\n")
    return [*files, folder / corpus / "label_map.json"]
