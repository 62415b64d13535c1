"""From a corpus to the features of speech, words and motion capture of its samples."""

from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from lib.features import mocap
from lib.features.store import FeatureWriter
from lib.params import project_path
from lib.settings import Settings

WAV_COLUMN = {"iemocap": "wav", "ravdess": "path"}


class SpeechSettings(Settings):
    """How speech becomes features.

    Attributes
    ----------
    method : {"fast", "openSMILE"}
        openSMILE is the papers' tool; its licence is for research, and it is an optional extra.
    compared : int
        Utterances on which both methods are compared, if openSMILE is installed.
    """

    method: Literal["fast", "openSMILE"]
    compared: int


def extract_speech(
    corpus: str,
    samples: pd.DataFrame,
    settings: SpeechSettings,
    folder: Path,
    metadata: dict[str, Any],
) -> pd.DataFrame:
    """Write ``mfcc.arrow`` (frames, 39) and ``prosody.arrow`` (35,) of every sample.

    Returns
    -------
    DataFrame
        The samples with their ``seconds`` and ``mfcc_frames``.
    """
    from lib.features import opensmile_reference, prosody, speech

    fast = settings.method == "fast"
    mfcc39 = speech.mfcc39 if fast else opensmile_reference.mfcc39
    prosody35 = prosody.prosody35 if fast else opensmile_reference.prosody35
    rows = []
    with (
        FeatureWriter(folder / "mfcc.arrow", metadata | {"names": speech.MFCC_NAMES}) as frames,
        FeatureWriter(folder / "prosody.arrow", metadata | {"names": prosody.NAMES}) as values,
    ):
        for sample in samples.itertuples():
            path = project_path(f"data/{corpus}") / str(getattr(sample, WAV_COLUMN[corpus]))
            wave = speech.read_speech(path)
            mfcc = mfcc39(wave)
            frames.write(str(sample.sample_id), mfcc)
            values.write(str(sample.sample_id), prosody35(wave))
            rows.append({"seconds": len(wave) / speech.RATE, "mfcc_frames": len(mfcc)})
    return samples.assign(**pd.DataFrame(rows, index=samples.index))


def agreement_with_opensmile(
    corpus: str, samples: pd.DataFrame, settings: SpeechSettings, seed: int
) -> pd.DataFrame | None:
    """How well the fast path agrees with openSMILE, on drawn samples; None without openSMILE.

    Returns
    -------
    DataFrame
        One row a group of features: correlation over frames (MFCC) or utterances (prosody), worst
        and median of the group's columns.
    """
    from importlib.util import find_spec

    if find_spec("opensmile") is None:
        return None
    from lib.features import opensmile_reference, prosody, speech

    drawn = samples.sample(min(settings.compared, len(samples)), random_state=seed)
    waves = [
        speech.read_speech(project_path(f"data/{corpus}") / str(path))
        for path in drawn[WAV_COLUMN[corpus]]
    ]
    pairs = {
        "MFCC": [(opensmile_reference.mfcc39(wave), speech.mfcc39(wave)) for wave in waves],
        "prosody": [
            (opensmile_reference.prosody35(wave)[None], prosody.prosody35(wave)[None])
            for wave in waves
        ],
    }
    groups = {
        "MFCC": _groups(speech.MFCC_NAMES, 13),
        "prosody": _groups(prosody.NAMES, len(prosody.FUNCTIONALS)),
    }
    rows = []
    for kind, found in pairs.items():
        reference = np.concatenate([a[: min(len(a), len(b))] for a, b in found])
        ours = np.concatenate([b[: min(len(a), len(b))] for a, b in found])
        for first, columns in groups[kind].items():
            correlations = [
                np.corrcoef(reference[:, column], ours[:, column])[0, 1] for column in columns
            ]
            rows.append(
                {"features": kind, "group": first, "columns": len(columns),
                 "median correlation": np.nanmedian(correlations),
                 "worst correlation": np.nanmin(correlations)}
            )  # fmt: skip
    return pd.DataFrame(rows)


def _groups(names: list[str], size: int) -> dict[str, range]:
    return {names[start]: range(start, start + size) for start in range(0, len(names), size)}


def extract_markers(
    samples: pd.DataFrame, parts: int, folder: Path, metadata: dict[str, Any]
) -> pd.DataFrame:
    """Write ``mocap.arrow`` (parts, 189) of IEMOCAP's utterances.

    Returns
    -------
    DataFrame
        Utterances by class, and how many of them the file's markers belong to: they are worn by
        the actor whose letter the dialogue bears, which the papers' baseline does not heed.
    """
    release = project_path("data/iemocap") / "IEMOCAP_full_release"
    with FeatureWriter(folder / "mocap.arrow", metadata) as writer:
        for dialogue, turns in samples.groupby("dialogue", sort=False):
            session = release / f"Session{turns['session'].iloc[0]}" / "dialog"
            tracks = [
                mocap.read_markers(mocap.marker_file(session, kind, str(dialogue)), kind)
                for kind in mocap.KINDS
            ]
            for turn in turns.itertuples():
                means = [
                    mocap.part_means(times, values, float(turn.start), float(turn.end), parts)  # type: ignore[arg-type]
                    for times, values in tracks
                ]
                writer.write(str(turn.sample_id), np.concatenate(means, axis=1))
    worn = samples["speaker"].str[-1] == samples["dialogue"].str[5]
    counts = pd.DataFrame({"utterances": 1, "of the actor with markers": worn.astype(int)})
    return counts.groupby(samples["label"]).sum()


def extract_word_vectors(
    samples: pd.DataFrame, glove: str | None, folder: Path, metadata: dict[str, Any]
) -> dict[str, Any]:
    """Write ``glove.arrow`` (300,) of every token that has a pre-trained vector.

    Returns
    -------
    dict
        Tokens, and the share of them with a vector.
    """
    from lib.features import text

    tokens = sorted({token for line in samples["transcript"] for token in text.tokenise(line)})
    facts: dict[str, Any] = {"distinct tokens": len(tokens), "word vectors": "none: random start"}
    if glove:
        path = project_path(glove)
        vectors = text.read_glove(path, tokens)
        with FeatureWriter(folder / "glove.arrow", metadata | {"file": path.name}) as writer:
            for token, vector in sorted(vectors.items()):
                writer.write(token, vector)
        facts |= {"word vectors": path.name, "coverage": len(vectors) / len(tokens)}
    return facts
