"""Build the models of shi2020 and shi2021 from their settings and the facts of the data."""

import inspect
from typing import Any

import torch
from torch import nn

from lib.models.registry import model_class
from lib.project import project_path
from lib.training.checkpoints import load_model


def build(settings: dict[str, Any], facts: dict[str, Any], seed: int) -> nn.Module:
    """A single model with weights drawn from the seed.

    Parameters
    ----------
    settings : dict
        ``model`` and ``arguments`` of `lib.papers.skeletal.settings.ModelSettings`.
    facts : dict
        What the data decide: ``joints``, ``classes``, ``vocabulary``, ``vectors`` and so on; each
        model takes what its constructor names.

    Raises
    ------
    ValueError
        If the model has no such argument.
    """
    torch.manual_seed(seed)
    model = construct(settings, facts)
    if facts.get("vectors") is not None:
        for module in model.modules():
            if isinstance(module, nn.Embedding):
                module.weight.data.copy_(torch.from_numpy(facts["vectors"]))
    return model


def load(model: nn.Module, folder: str) -> nn.Module:
    """Give a model the weights of a finished run, whose folder is relative to the project."""
    return load_model(model, project_path(folder))


def construct(settings: dict[str, Any], facts: dict[str, Any]) -> nn.Module:
    """Model of some settings; see `build`."""
    kind = model_class(settings["model"])
    known = inspect.signature(kind).parameters
    given = {name: value for name, value in facts.items() if name in known}
    try:
        return kind(**(given | settings["arguments"]))
    except TypeError as error:
        raise ValueError(f"model {settings['model']}: {error}") from None
