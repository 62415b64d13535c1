"""Build the models of shi2020 and shi2021 from their settings and the facts of the data."""

import inspect
from typing import Any

import torch
from safetensors.torch import load_file
from torch import nn

from lib.models import fusion
from lib.models.mocap import MoCapNetwork
from lib.models.multimodal import MultimodalNetwork
from lib.models.skeletal import SMACN
from lib.models.skeletal_baselines import (
    Skeletal3DCNN,
    SkeletalCNN,
    SkeletalLSTM,
    SkeletalLSTMAttention,
)
from lib.models.speech_text import ARE, MDRE, MDREA, TRE
from lib.params import project_path

MODELS: dict[str, type[nn.Module]] = {
    "SMACN": SMACN,
    "LSTM": SkeletalLSTM,
    "LSTM+Att": SkeletalLSTMAttention,
    "CNN": SkeletalCNN,
    "3DCNN": Skeletal3DCNN,
    "MoCap model": MoCapNetwork,
    "ARE": ARE,
    "TRE": TRE,
    "MDRE": MDRE,
    "MDREA": MDREA,
}
FUSIONS: dict[str, type[nn.Module]] = {
    "SMERN": fusion.SMERN,
    "SMERN-GA": fusion.SMERNGA,
    "CMA": fusion.CMA,
    "Xu et al.": fusion.AlignmentFusion,
}


def build(settings: dict[str, Any], facts: dict[str, Any], seed: int) -> nn.Module:
    """A single model with weights drawn from the seed.

    Parameters
    ----------
    settings : dict
        ``name`` and ``arguments`` of `lib.papers.skeletal.runs.ModelSettings`.
    facts : dict
        What the data decide: ``joints``, ``classes``, ``vocabulary``, ``vectors`` and so on; each
        model takes what its constructor names.

    Raises
    ------
    ValueError
        If an argument is none of the model's.
    """
    torch.manual_seed(seed)
    model = _construct(MODELS[settings["name"]], settings, facts)
    if facts.get("vectors") is not None:
        for module in model.modules():
            if isinstance(module, nn.Embedding):
                module.weight.data.copy_(torch.from_numpy(facts["vectors"]))
    return model


def build_fusion(
    settings: dict[str, Any], encoders: dict[str, Any], facts: dict[str, Any], seed: int
) -> MultimodalNetwork:
    """A fusion on trained encoders.

    Parameters
    ----------
    encoders : dict
        By modality: ``folder`` of a finished run and its ``model`` settings.
    """
    trained: dict[str, Any] = {
        kind: load(build(entry["model"], facts, seed), entry["folder"])
        for kind, entry in encoders.items()
    }
    sizes = {
        "audio": trained["audio"].size,
        "text": trained["text"].size,
        "skeleton": trained["skeleton"].output.in_features,
        "hidden": trained["text"].encoder.size,
    }
    torch.manual_seed(seed)
    joined = _construct(FUSIONS[settings["name"]], settings, facts | sizes)
    return MultimodalNetwork(trained["skeleton"], trained["audio"], trained["text"], joined)


def load(model: nn.Module, folder: str) -> nn.Module:
    """Give a model the weights of a finished run, whose folder is relative to the project."""
    model.load_state_dict(load_file(project_path(folder) / "model.safetensors"))
    return model


def _construct(kind: type[nn.Module], settings: dict[str, Any], facts: dict[str, Any]) -> nn.Module:
    known = inspect.signature(kind).parameters
    given = {name: value for name, value in facts.items() if name in known}
    try:
        return kind(**(given | settings["arguments"]))
    except TypeError as error:
        raise ValueError(f"model {settings['name']}: {error}") from None
