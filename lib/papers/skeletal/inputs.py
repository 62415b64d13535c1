"""From feature stores to the tensors of each modality; fitted on the training part only."""

from dataclasses import dataclass
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
Known = dict[str, Any]


def load(
    table: pd.DataFrame,
    training: NDArray[np.intp],
    settings: dict[str, Any],
    seed: int,
    fitted: Known | None = None,
) -> tuple[Inputs, Known, Known]:
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
    fitted : dict, optional
        Standardisation and vocabulary of a finished run, in place of those of the training part.

    Returns
    -------
    inputs : tuple of Tensor
        Skeleton: (N, 3, T, V), lengths (N,). Audio: MFCC (N, T, 39), lengths (N,), prosody (N, 35).
        Text: tokens (N, T), lengths (N,). Motion capture: (N, 200, 189).
    facts : dict
        Sizes that models need.
    fitted : dict
        What the tensors depend on besides the samples: ``mean`` and ``spread`` by modality, and the
        vocabulary's ``tokens``; JSON-serialisable.
    """
    loader = _Loader(table, training, settings["stores"], seed, dict(fitted or {}))
    inputs: list[Tensor] = []
    facts: Known = {}
    for modality, chosen in settings["inputs"].items():
        tensors, known = getattr(loader, modality)(chosen)
        inputs += tensors
        facts |= known
    return tuple(inputs), facts, loader.fitted


@dataclass(frozen=True)
class _Loader:
    """Tensors of each modality, by its settings; for the fields see `load`."""

    table: pd.DataFrame
    training: NDArray[np.intp]
    stores: dict[str, str]
    seed: int
    fitted: Known

    def skeleton(self, chosen: dict[str, Any]) -> tuple[Inputs, Known]:
        arrays, lengths = self._sequences("skeleton", chosen["store"], chosen)
        skeletons = arrays.permute(0, 3, 1, 2).contiguous()  # (N, 3, T, V)
        return (skeletons, lengths), {"joints": skeletons.shape[3]}

    def audio(self, chosen: dict[str, Any]) -> tuple[Inputs, Known]:
        mfcc, lengths = self._sequences("mfcc", "mfcc", chosen)
        prosody = self._stacked("prosody")
        if chosen["standardise"]:
            prosody = self._standardise("prosody", prosody, prosody[self.training])
        facts = {"coefficients": mfcc.shape[2], "prosody": prosody.shape[1]}
        return (mfcc, lengths, torch.from_numpy(prosody)), facts

    def text(self, chosen: dict[str, Any]) -> tuple[Inputs, Known]:
        texts = self.table["transcript"].fillna("").to_numpy()
        known = texts if chosen["vocabulary"] == "corpus" else texts[self.training]
        self.fitted.setdefault("tokens", [*Vocabulary.fit(known).numbers])
        vocabulary = Vocabulary(self.fitted["tokens"])
        encoded = [vocabulary.encode(text, chosen["tokens"]) for text in texts]
        facts: Known = {"vocabulary": len(vocabulary)}
        if "glove" in self.stores:
            store = self._store("glove")
            vectors = vocabulary.vectors({token: store[token] for token in store}, self.seed)
            facts |= {"vectors": vectors, "embedding": vectors.shape[1]}
        tokens = torch.from_numpy(np.stack([tokens for tokens, _ in encoded]))
        return (tokens, torch.tensor([length for _, length in encoded])), facts

    def mocap(self, chosen: dict[str, Any]) -> tuple[Inputs, Known]:
        markers = self._stacked("mocap")  # (N, 200, 189)
        if chosen["standardise"]:
            reference = markers[self.training].reshape(-1, markers.shape[2])
            markers = self._standardise("mocap", markers, reference)
        facts = {"steps": markers.shape[1], "values": markers.shape[2]}
        return (torch.from_numpy(markers),), facts

    def _store(self, name: str) -> FeatureStore:
        return FeatureStore(project_path(self.stores[name]))

    def _stacked(self, name: str) -> NDArray[np.float32]:
        store = self._store(name)
        return np.stack([store[sample] for sample in self.table["sample_id"]])

    def _sequences(self, kind: str, name: str, chosen: dict[str, Any]) -> Inputs:
        """Sequences, (N, T, ...), cut or zero padded, and their lengths, (N,)."""
        store, frames = self._store(name), chosen["frames"]
        padded = [pad(store[sample], frames) for sample in self.table["sample_id"]]
        arrays = np.stack([array for array, _ in padded])
        lengths = np.array([length for _, length in padded])
        if chosen["standardise"]:
            inside = np.arange(frames) < lengths[:, None]  # (N, T)
            arrays = self._standardise(kind, arrays, arrays[self.training][inside[self.training]])
            arrays[~inside] = 0
        return torch.from_numpy(arrays), torch.from_numpy(lengths)

    def _standardise(
        self, kind: str, values: NDArray[np.float32], reference: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Values minus the reference's mean, over its standard deviation; constants become zero."""
        if kind not in self.fitted:
            mean, spread = reference.mean(axis=0), reference.std(axis=0)
            spread = np.where(spread > 1e-8, spread, np.float32(1))
            self.fitted[kind] = {"mean": mean.tolist(), "spread": spread.tolist()}
        own = {name: np.array(moment, np.float32) for name, moment in self.fitted[kind].items()}
        return (values - own["mean"]) / own["spread"]
