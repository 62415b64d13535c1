"""From feature stores to the tensors of each modality; fitted on the training part only."""

from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from lib.features.skeleton import pad
from lib.features.store import FeatureStore
from lib.features.text import Vocabulary
from lib.project import project_path

Inputs = tuple[Tensor, ...]


def load(
    table: pd.DataFrame, training: NDArray[np.intp], settings: dict[str, Any], seed: int
) -> tuple[Inputs, dict[str, Any]]:
    """Inputs of a model for every sample of the table.

    Parameters
    ----------
    training : array of int
        Rows of the training part.
    settings : dict
        ``stores`` and ``inputs`` of a run; the latter has a block for each of the model's
        modalities, in the order of the model's inputs.
    seed : int
        Draws the vectors of unknown words.

    Returns
    -------
    inputs : tuple of Tensor
        Skeleton: (N, 3, T, V), lengths (N,). Audio: MFCC (N, T, 39), lengths (N,), prosody (N, 35).
        Text: tokens (N, T), lengths (N,). Motion capture: (N, 200, 189).
    facts : dict
        Sizes that models need.
    """
    inputs: list[Tensor] = []
    facts: dict[str, Any] = {}
    for modality in settings["inputs"]:
        tensors, known = _LOADERS[modality](table, training, settings, seed)
        inputs += tensors
        facts |= known
    return tuple(inputs), facts


def _store(settings: dict[str, Any], name: str) -> FeatureStore:
    return FeatureStore(project_path(settings["stores"][name]))


def _stacked(
    store: FeatureStore, table: pd.DataFrame, frames: int
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    padded = [pad(store[sample], frames) for sample in table["sample_id"]]
    return np.stack([array for array, _ in padded]), np.array([length for _, length in padded])


def _skeleton(
    table: pd.DataFrame, training: NDArray[np.intp], settings: dict[str, Any], seed: int
) -> tuple[Inputs, dict[str, Any]]:
    chosen = settings["inputs"]["skeleton"]
    arrays, lengths = _stacked(_store(settings, chosen["store"]), table, chosen["frames"])
    if chosen["standardise"]:
        inside = np.arange(chosen["frames"]) < lengths[:, None]  # (N, T)
        arrays = standardise(arrays, arrays[training][inside[training]])
        arrays *= inside[:, :, None, None]
    skeletons = torch.from_numpy(arrays).permute(0, 3, 1, 2).contiguous()  # (N, 3, T, V)
    return (skeletons, torch.from_numpy(lengths)), {"joints": skeletons.shape[3]}


def _audio(
    table: pd.DataFrame, training: NDArray[np.intp], settings: dict[str, Any], seed: int
) -> tuple[Inputs, dict[str, Any]]:
    chosen = settings["inputs"]["audio"]
    mfcc, lengths = _stacked(_store(settings, "mfcc"), table, chosen["frames"])
    store = _store(settings, "prosody")
    prosody = np.stack([store[sample] for sample in table["sample_id"]])
    if chosen["standardise"]:
        inside = np.arange(chosen["frames"]) < lengths[:, None]  # (N, T)
        mfcc = standardise(mfcc, mfcc[training][inside[training]]) * inside[:, :, None]
        prosody = standardise(prosody, prosody[training])
    facts = {"coefficients": mfcc.shape[2], "prosody": prosody.shape[1]}
    tensors = (torch.from_numpy(mfcc), torch.from_numpy(lengths), torch.from_numpy(prosody))
    return tensors, facts


def _text(
    table: pd.DataFrame, training: NDArray[np.intp], settings: dict[str, Any], seed: int
) -> tuple[Inputs, dict[str, Any]]:
    chosen = settings["inputs"]["text"]
    texts = table["transcript"].to_numpy()
    vocabulary = Vocabulary(texts if chosen["vocabulary"] == "corpus" else texts[training])
    encoded = [vocabulary.encode(text, chosen["tokens"]) for text in texts]
    facts: dict[str, Any] = {"vocabulary": len(vocabulary)}
    if chosen["glove"]:
        store = _store(settings, "glove")
        vectors = vocabulary.vectors({token: store[token] for token in store}, seed)
        facts |= {"vectors": vectors, "embedding": vectors.shape[1]}
    tokens = torch.from_numpy(np.stack([tokens for tokens, _ in encoded]))
    return (tokens, torch.tensor([length for _, length in encoded])), facts


def _mocap(
    table: pd.DataFrame, training: NDArray[np.intp], settings: dict[str, Any], seed: int
) -> tuple[Inputs, dict[str, Any]]:
    store = _store(settings, "mocap")
    markers = np.stack([store[sample] for sample in table["sample_id"]])  # (N, 200, 189)
    if settings["inputs"]["mocap"]["standardise"]:
        markers = standardise(markers, markers[training].reshape(-1, markers.shape[2]))
    facts = {"steps": markers.shape[1], "values": markers.shape[2]}
    return (torch.from_numpy(markers),), facts


def standardise(values: NDArray[np.float32], reference: NDArray[np.float32]) -> NDArray[np.float32]:
    """Values minus the reference's mean, over its standard deviation; constants become zero."""
    spread = reference.std(axis=0)
    return (values - reference.mean(axis=0)) / np.where(spread > 1e-8, spread, 1)


_LOADERS = {"skeleton": _skeleton, "audio": _audio, "text": _text, "mocap": _mocap}
