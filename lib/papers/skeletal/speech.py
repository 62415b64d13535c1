"""Features of speech, words and motion capture of a corpus's samples."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lib.corpora import catalogue
from lib.features import mocap
from lib.features.store import FeatureWriter
from lib.models.weights import chosen_weights
from lib.papers.found import Losses
from lib.papers.skeletal.detections import marker_files
from lib.papers.videos import Unusable, missing
from lib.params import project_path


def incomplete(corpus: str, samples: pd.DataFrame, least: float, losses: Losses) -> dict[str, str]:
    """Why samples without a share of `least` of their sound are left out; adds smaller ones to `losses`.

    Sound should last as its header says, and from ``start`` to ``end``, if there are. Sound that
    cannot be used is left out too (`lib.features.speech.read_speech`).
    """
    from lib.features import speech

    def count(path: Path) -> tuple[float, float]:
        there, lost = speech.count_speech(path)
        short = row.get("end", 0.0) - row.get("start", 0.0) - there
        return there, max(lost, short if short > 0.05 else 0.0)  # less is rounding

    column, reasons = catalogue.get(corpus).use("skeletal").columns["sound"], {}
    for row in samples.to_dict("records"):
        path = project_path(f"data/{corpus}") / row[column]
        try:
            lacking = missing(path, {"seconds of sound": count}, least)
            losses += [(row[column], what) for what in lacking]
        except (Unusable, speech.SpeechError) as error:
            reasons[row["sample_id"]] = str(error).replace(str(path), path.name)
    return reasons


def extract_speech(
    corpus: str, samples: pd.DataFrame, folder: Path, metadata: dict[str, Any]
) -> pd.DataFrame:
    """Write ``mfcc.arrow`` (frames, 39) and ``prosody.arrow`` (35,) of every sample.

    Returns the samples with their ``seconds`` and ``mfcc_frames``.

    Raises
    ------
    ImportError
        If openSMILE, which computes the prosody, is not installed; nothing is written.
    """
    from lib.features import prosody, speech

    column = catalogue.get(corpus).use("skeletal").columns["sound"]
    rows = []
    with (
        FeatureWriter(folder / "mfcc.arrow", metadata | {"names": speech.MFCC_NAMES}) as frames,
        FeatureWriter(folder / "prosody.arrow", metadata | {"names": prosody.NAMES}) as values,
    ):
        for sample, path in zip(samples["sample_id"], samples[column], strict=True):
            wave = speech.read_speech(project_path(f"data/{corpus}") / path)
            values.write(sample, prosody.prosody35(wave))
            mfcc = speech.mfcc39(wave)
            frames.write(sample, mfcc)
            rows.append({"seconds": len(wave) / speech.RATE, "mfcc_frames": len(mfcc)})
    return samples.assign(**pd.DataFrame(rows, index=samples.index))


def extract_markers(
    samples: pd.DataFrame, parts: int, folder: Path, metadata: dict[str, Any], losses: Losses
) -> pd.DataFrame:
    """Write ``mocap.arrow`` (parts, 189) of IEMOCAP's utterances.

    Returns the utterances by class, and how many of them are spoken by the actor with markers, the one
    whose letter is in the dialogue's name (the papers' baseline ignores who wears them). Adds to `losses`
    dialogues that lack lines, and utterances outside the recorded frames of a kind, whose values are 0.
    """
    with FeatureWriter(folder / "mocap.arrow", metadata) as writer:
        for _, turns in samples.groupby("dialogue", sort=False):
            paths = marker_files(turns.iloc[0])
            tracks = [mocap.read_markers(path, kind) for kind, path in paths.items()]
            for sample, start, end in turns[["sample_id", "start", "end"]].itertuples(index=False):
                means = [mocap.part_means(*track[:2], start, end, parts) for track in tracks]
                writer.write(sample, np.concatenate(means, axis=1))
                recorded = [((start < times) & (times < end)).any() for times, *_ in tracks]
                losses += [(sample, what) for *_, lacking in tracks for what in lacking]
                losses += [(sample, "no recorded frame of some markers")] * (not all(recorded))
    worn = samples["speaker"].str[-1] == samples["dialogue"].str[5]
    counts = pd.DataFrame({"utterances": 1, "of the actor with markers": worn.astype(int)})
    return counts.groupby(samples["label"]).sum()


def glove_file(value: str | None) -> Path | None:
    """GloVe's file by the parameter, None for random vectors; CheckpointError if it is empty."""
    words = {"random": "random vectors"}
    path = chosen_weights(value, "skeletal.extraction.glove", "glove.840B.300d.txt", words)
    return path if isinstance(path, Path) else None


def extract_word_vectors(
    samples: pd.DataFrame, path: Path | None, folder: Path, metadata: dict[str, Any]
) -> dict[str, Any]:
    """Write ``glove.arrow`` (300,) of every token that has a vector in GloVe's file.

    Returns the number of distinct tokens, and the share of them with a vector; if there are any,
    also the number of samples without words.
    """
    from lib.features import text

    spoken = samples["transcript"].dropna()
    tokens = sorted({token for line in spoken for token in text.tokenise(line)})
    facts: dict[str, Any] = {"distinct tokens": len(tokens), "word vectors": "none: random start"}
    if path:
        vectors = text.read_glove(path, tokens)
        with FeatureWriter(folder / "glove.arrow", metadata | {"file": path.name}) as writer:
            for token, vector in sorted(vectors.items()):
                writer.write(token, vector)
        facts |= {"word vectors": path.name, "coverage": len(vectors) / max(1, len(tokens))}
    if silent := len(samples) - len(spoken):
        facts["samples without words"] = silent
    return facts
