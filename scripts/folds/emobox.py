"""Folds in the layout of EmoBox's metadata (Ma et al. 2024, "EmoBox: multilingual multi-corpus speech
emotion recognition toolkit and benchmark").

``<corpus>/fold_<n>/<corpus>_{train,valid,test}_fold_<n>.jsonl`` has a line for each sample with the keys
``key``, ``dataset``, ``wav``, ``type``, ``sample_rate``, ``num_frame``, ``task``, ``length``, ``emo``
and ``channel``; ``label_map.json`` names the class of each ``emo``. These are the names and keys of
EmoBox's public metadata and of the code that writes it. EmoBox knows no repetitions: the first one
is written. EmoBox itself was not run on these files.
"""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from lib.files import write_text

SOUND = {"iemocap": "wav", "ravdess": "path"}
"""Column of the file of a sample's sound, by the corpora whose samples are files of sound."""
PART_NAMES = {"train": "train", "dev": "valid", "test": "test"}
TOP = {"iemocap": "IEMOCAP_full_release/"}
"""What EmoBox's paths leave out of ours."""


def line(corpus: str, row: pd.Series, root: Path) -> dict[str, Any]:
    """Line of a sample; its number of samples and length are those of its file's header."""
    import soundfile

    path = str(row[SOUND[corpus]])
    header = soundfile.info(root / corpus / path)
    return {
        "key": f"{corpus}-{row['sample_id']}",
        "dataset": corpus,
        "wav": f"downloads/{corpus}/{path.removeprefix(TOP.get(corpus, ''))}",
        "type": "raw",
        "sample_rate": header.samplerate,
        "num_frame": float(header.frames),
        "task": "category",
        "length": header.frames / header.samplerate,
        "emo": row.get("label_original", row["label"]),
        "channel": 1,
    }


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
    files = []
    first = folds[folds["repeat"] == 0]
    for (number, part), own in first.groupby([first["fold"] + 1, "part"]):
        name = f"fold_{number}"
        path = folder / corpus / name / f"{corpus}_{PART_NAMES[str(part)]}_{name}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, "".join(json.dumps(lines[sample]) + "\n" for sample in own["id"]))
        files.append(path)
    originals = samples["label_original"] if "label_original" in samples else samples["label"]
    known = dict(sorted(set(zip(originals, samples["label"], strict=True))))
    write_text(folder / corpus / "label_map.json", json.dumps(known, indent=4) + "\n")
    return [*files, folder / corpus / "label_map.json"]
