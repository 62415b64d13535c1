"""Parameters of a stage: one block of `params.yaml`, merged and checked."""

from copy import deepcopy
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from lib.project import project_path
from lib.project import project_root as project_root
from lib.settings import Settings


class ParamsError(ValueError):
    """Parameters are unknown, missing or of the wrong type."""


SettingsType = TypeVar("SettingsType", bound=Settings)


def merge(base: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """Copy of `base` with `change` laid over it, dict by dict; lists and values are replaced."""
    merged = deepcopy(base)
    for key, value in change.items():
        if isinstance(value, dict) and isinstance(merged.get(key), dict):
            merged[key] = merge(merged[key], value)
        else:
            merged[key] = deepcopy(value)
    return merged


def nested(flat: dict[str, Any]) -> dict[str, Any]:
    """`{"training.hidden": 128}` as `{"training": {"hidden": 128}}`."""
    tree: dict[str, Any] = {}
    for dotted, value in flat.items():
        *path, last = dotted.split(".")
        node = tree
        for key in path:
            node = node.setdefault(key, {})
        node[last] = value
    return tree


def load_yaml(path: Path | None = None) -> dict[str, Any]:
    """All of `params.yaml`."""
    path = path or project_path("params.yaml")
    with path.open(encoding="utf-8") as file:
        return yaml.safe_load(file) or {}


def block(
    name: str,
    corpus: str | None = None,
    overrides: dict[str, Any] | None = None,
    params: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """A stage's parameters as a plain dict.

    Laid over each other, later ones win: the block, its entry under `corpora` for this corpus,
    the same two of the profile, and `overrides`. The profile is the corpus's in
    `corpus_profiles`, else `profile`.

    Parameters
    ----------
    name : str
        Dotted name of the block, for example ``"skeletal.training"``.
    corpus : str, optional
        Corpus whose entry under ``corpora`` applies.
    overrides : dict, optional
        Dotted keys inside the block, for example ``{"training.epochs": 3}``. Each must exist.
    params : dict, optional
        Content of `params.yaml`; read from the project if not given.

    Raises
    ------
    ParamsError
        If the block, the profile or an overridden key does not exist.
    """
    params = load_yaml() if params is None else params
    profile = params.get("corpus_profiles", {}).get(corpus, params.get("profile"))
    profiles = params.get("profiles", {})
    if profile not in profiles:
        raise ParamsError(f"params.yaml: profile {profile!r} is not one of {sorted(profiles)}")
    merged: dict[str, Any] = {}
    for source, tree, needed in (
        ("params.yaml", params, True),
        (f"params.yaml, profiles.{profile}", profiles[profile], False),
    ):
        node: Any = tree
        for key in name.split("."):
            if not isinstance(node, dict) or key not in node:
                if needed:
                    raise ParamsError(f"{source}: there is no block {name!r}")
                node = {}
                break
            node = node[key]
        layer = dict(node or {})
        per_corpus = layer.pop("corpora", {})
        merged = merge(merged, layer)
        if corpus in per_corpus:
            merged = merge(merged, per_corpus[corpus])
    for dotted in overrides or {}:
        node = merged
        for key in dotted.split("."):
            if not isinstance(node, dict) or key not in node:
                raise ParamsError(f"override {dotted!r}: {name} has no such parameter")
            node = node[key]
    return merge(merged, nested(overrides or {}))


def read(
    name: str,
    schema: type[SettingsType],
    corpus: str | None = None,
    overrides: dict[str, Any] | None = None,
    params: dict[str, Any] | None = None,
) -> SettingsType:
    """A stage's parameters, validated: unknown and missing keys are errors.

    See `block` for the parameters and the order in which values are laid over each other.

    Raises
    ------
    ParamsError
        With one line for each wrong, unknown or missing key.
    """
    values = block(name, corpus, overrides, params)
    try:
        return schema.model_validate(values)
    except ValidationError as error:
        lines = [
            f"  {name}.{'.'.join(map(str, problem['loc']))}: {problem['msg']}"
            for problem in error.errors()
        ]
        raise ParamsError("params.yaml does not fit:\n" + "\n".join(lines)) from None
