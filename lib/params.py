"""Parameters of a stage: one block of `params.yaml` with its profile, checked by a schema."""

import argparse
from copy import deepcopy
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import yaml
from pydantic import ValidationError
from ruamel.yaml import YAML

from lib.project import project_path, project_root
from lib.settings import Settings
from lib.trees import MISSING, Key, dotted, find, get, leaves, put

PAPER = "paper"  # the profile that holds the papers' values
SettingsType = TypeVar("SettingsType", bound=Settings)


class ParamsError(ValueError):
    """Parameters are unknown, missing or of the wrong type."""


class Parameters(NamedTuple):
    """Content of `params.yaml`, and of the files in `profiles` beside it by their names."""

    values: dict[str, Any]
    profiles: dict[str, dict[str, Any]]


class Resolved(NamedTuple):
    """Values of a block, its profile, the explicit values and the rows' values they replaced."""

    values: dict[str, Any]
    profile: str
    explicit: dict[Key, Any]
    replaced: list[Key]


def parse(text: str) -> Any:
    """Content of YAML text as DVC reads it: `1e-5` is a number, `no` is a word."""
    return YAML(typ="safe").load(text)


def load_yaml(path: Path | None = None) -> dict[str, Any]:
    """Content of a YAML file (default: the project's `params.yaml`)."""
    return parse((path or project_path("params.yaml")).read_text(encoding="utf-8")) or {}


def load(root: Path | None = None) -> Parameters:
    """Parameters and profiles of a project (default: the one around the working directory)."""
    root = root or project_root()
    profiles = {path.stem: load_yaml(path) for path in sorted(root.glob("profiles/*.yaml"))}
    return Parameters(load_yaml(root / "params.yaml"), profiles)


def merge(base: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """Copy of `base` with `change` laid over it, dict by dict; lists and values are replaced."""
    merged = deepcopy(base)
    for key, value in change.items():
        if isinstance(value, dict) and isinstance(merged.get(key), dict):
            merged[key] = merge(merged[key], value)
        else:
            merged[key] = deepcopy(value)
    return merged


def resolve(
    name: str,
    corpus: str | None = None,
    overrides: dict[str, Any] | None = None,
    params: Parameters | None = None,
) -> Resolved:
    """Values of a block, and which of them are explicit.

    Defaults are laid over each other, later ones win: the papers' block (profiles/paper.yaml), its
    entry under `corpora` for this corpus, and the same two of the profile. The profile is the
    corpus's in `corpus_profiles`, else `profile`. Explicit values win over all defaults: those
    that params.yaml changes or pins, then `overrides`. An explicit value of the block also
    replaces the same key's value in each row of `models`, unless the row's is explicit itself.

    Parameters
    ----------
    name : str
        Dotted name of the block, for example ``"skeletal.training"``.
    corpus : str, optional
        Corpus whose entry under ``corpora`` applies.
    overrides : dict, optional
        Dotted keys inside the block, for example ``{"training.epochs": 3}``. Each must exist.
    params : Parameters, optional
        Read from the project if not given.

    Raises
    ------
    ParamsError
        If the block, the profile or an overridden key does not exist, or if a profile changes a
        key that is new in params.yaml.
    """
    params = load() if params is None else params
    profiles = params.values.get("corpus_profiles") or {}
    profile = str(profiles.get(corpus, params.values.get("profile")))
    for wanted in (PAPER, profile):
        if wanted not in params.profiles:
            raise ParamsError(f"profile {wanted!r} is not one of {sorted(params.profiles)}")
    explicit = _changed(name, corpus, params)
    paper = _layer(params.profiles[PAPER], name, corpus)
    change = {} if profile == PAPER else _layer(params.profiles[profile], name, corpus)
    for key in explicit:
        if get(paper, key) is MISSING and get(change, key) is not MISSING:
            raise ParamsError(
                f"{name}.{dotted(key)} is new in params.yaml and profile {profile!r} changes it: "
                f"run `python -m lib.params`, so that profiles/{PAPER}.yaml has it"
            )
    values = merge(paper, change)
    for key, value in explicit.items():
        put(values, key, value)

    shared = {key: value for key, value in values.items() if key != "models"}
    rows = values.get("models") or {}
    known = shared | {"models": {row: merge(shared, content) for row, content in rows.items()}}
    for text, value in (overrides or {}).items():
        if (start := find(known, text)) is None:
            raise ParamsError(f"override {text!r}: {name} has no such parameter")
        for key, new in leaves(value, start):
            explicit[key] = new
            put(values, key, new)

    replaced = []
    for row in rows:
        for key, value in explicit.items():
            own = ("models", row, *key)
            if own not in explicit and get(values, own) not in (MISSING, None, value):
                put(values, own, value)
                replaced.append(own)
        for key, value in list(leaves(rows[row])):
            inherited = value is None and ("models", row, *key) not in explicit
            if inherited and get(shared, key) is not MISSING:
                put(rows[row], key, MISSING)
    return Resolved(values, profile, explicit, replaced)


def _layer(tree: dict[str, Any], name: str, corpus: str | None) -> dict[str, Any]:
    """A block with its entry under `corpora` for this corpus laid over it."""
    found = get(tree, tuple(name.split(".")))
    layer = {} if found is MISSING else dict(found)
    return merge(layer, layer.pop("corpora", {}).get(corpus, {}))


def _changed(name: str, corpus: str | None, params: Parameters) -> dict[Key, Any]:
    """Values of a block of `params.yaml` that are not the papers', or that are pinned."""
    block_key = tuple(name.split("."))
    written, paper = get(params.values, block_key), get(params.profiles[PAPER], block_key)
    if not isinstance(written, dict):
        raise ParamsError(f"params.yaml: there is no block {name!r}")
    for key, _ in leaves({} if paper is MISSING else paper):
        if get(written, key) is MISSING:
            raise ParamsError(f"params.yaml: {name}.{dotted(key)} is missing; keep every key there")
    pinned = [find(params.values, text) for text in params.values.get("pinned") or []]
    if None in pinned:
        raise ParamsError(f"params.yaml: pinned: one of {params.values['pinned']} is no parameter")
    shared, own = {}, {}
    for key, value in leaves(written):
        if get(paper, key) == value and (*block_key, *key) not in pinned:
            continue
        if key[0] != "corpora":
            shared[key] = value
        elif key[1] == corpus:
            own[key[2:]] = value
    return shared | own


def block(
    name: str,
    corpus: str | None = None,
    overrides: dict[str, Any] | None = None,
    params: Parameters | None = None,
) -> dict[str, Any]:
    """A stage's parameters as a plain dict; see `resolve`."""
    return resolve(name, corpus, overrides, params).values


def described(name: str, corpus: str | None = None, overrides: dict[str, Any] | None = None) -> str:
    """One line: a block's profile, and the explicit values that lie over it; see `resolve`."""
    found = resolve(name, corpus, overrides)
    shown = []
    for key, value in found.explicit.items():
        rows = [own[1] for own in found.replaced if own[2:] == key]
        shown.append(f"{dotted(key)} = {value}" + (f" (also in {', '.join(rows)})" if rows else ""))
    return f"{name}: profile {found.profile}" + ("; explicit: " + ", ".join(shown) if shown else "")


def read(
    name: str,
    schema: type[SettingsType],
    corpus: str | None = None,
    overrides: dict[str, Any] | None = None,
    params: Parameters | None = None,
) -> SettingsType:
    """A stage's parameters, validated; see `resolve`.

    Raises
    ------
    ParamsError
        With one line for each wrong, unknown or missing key.
    """
    try:
        return schema.model_validate(block(name, corpus, overrides, params))
    except ValidationError as error:
        lines = [f"  {name}.{dotted(found['loc'])}: {found['msg']}" for found in error.errors()]
        raise ParamsError("params.yaml does not fit:\n" + "\n".join(lines)) from None


def main(arguments: list[str] | None = None) -> None:
    """Command line: ``python -m lib.params``."""
    about = f"Write profiles/{PAPER}.yaml: the values of params.yaml become the papers' own."
    more = "Run it after adding a model or correcting a value, not after trying one out."
    argparse.ArgumentParser("python -m lib.params", None, about, more).parse_args(arguments)
    groups = {key: value for key, value in load_yaml().items() if isinstance(value, dict)}
    blocks = {
        group: {name: values for name, values in content.items() if isinstance(values, dict)}
        for group, content in groups.items()
        if group != "corpus_profiles"
    }
    text = "# Written by `python -m lib.params` from params.yaml.\n"
    text += yaml.safe_dump(blocks, sort_keys=False, width=100, default_flow_style=None)
    project_path(f"profiles/{PAPER}.yaml").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
