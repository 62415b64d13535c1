"""Parameters of a stage: one block of `params.yaml` with its profile, checked by a schema."""

from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from pydantic import ValidationError
from ruamel.yaml import YAML

from lib.content import FileError, reading
from lib.project import project_path, project_root
from lib.settings import Settings
from lib.trees import MISSING, Key, Tree, dotted, find, get, leaves, merge, put

PAPER = "paper"  # the profile that holds the papers' values
SettingsType = TypeVar("SettingsType", bound=Settings)


class ParamsError(FileError):
    """Parameters are unknown, missing or of the wrong type."""


class Resolved(NamedTuple):
    """Content of a block, its profile, the explicit values and the rows' values they replaced."""

    name: str
    content: Tree
    profile: str
    explicit: dict[Key, Any]
    replaced: list[Key]

    @property
    def summary(self) -> str:
        """One line: the profile, and the explicit values that lie over it."""
        shown = []
        for key, value in self.explicit.items():
            rows = ", ".join(own[1] for own in self.replaced if own[2:] == key)
            shown.append(f"{dotted(key)} = {value}" + (f" (also in {rows})" if rows else ""))
        explicit = f"; explicit: {', '.join(shown)}" if shown else ""
        return f"{self.name}: profile {self.profile}{explicit}"

    def validated(self, schema: type[SettingsType]) -> SettingsType:
        """The content as settings; a `ParamsError` names each wrong, unknown or missing key."""
        try:
            return schema.model_validate(self.content)
        except ValidationError as error:
            wrong = [f"  {self.name}.{dotted(e['loc'])}: {e['msg']}" for e in error.errors()]
            raise ParamsError("\n".join(["params.yaml does not fit:", *wrong])) from None


class Parameters(NamedTuple):
    """Content of `params.yaml`, and of the files in `profiles` beside it by their names."""

    values: Tree
    profiles: dict[str, Tree]

    @reading("params.yaml, or a profile,", ParamsError)
    def resolve(self, name: str, corpus: str | None = None, overrides: Tree | None = None) -> Resolved:
        """Values of a block, and which of them are explicit.

        Defaults are laid over each other, later ones win: the papers' block (profiles/paper.yaml),
        its entry under `corpora` for this corpus, and the same two of the profile. The profile is
        the corpus's in `corpus_profiles`, else `profile`. Explicit values win over all defaults:
        those that params.yaml changes or pins, then `overrides`. An explicit value of the block
        also replaces the same key's value in each row of `models`, unless the row's is explicit
        itself. Where a row's value is empty, the block's own applies.

        The `name` of a block is dotted (``"skeletal.training"``), and so are the keys inside it that
        `overrides` change, such as ``{"training.epochs": 3}``. ParamsError if the block, the profile or an
        overridden key does not exist, or if a profile changes a key that is new in params.yaml.
        """
        profiles = self.values.get("corpus_profiles") or {}
        profile = str(profiles.get(corpus, self.values.get("profile")))
        for wanted in (PAPER, profile):
            if wanted not in self.profiles:
                raise ParamsError(f"profile {wanted!r} is not one of {sorted(self.profiles)}")
        explicit = self._changed(name, corpus)
        paper, change = (_layer(self.profiles[each], name, corpus) for each in (PAPER, profile))
        for key in explicit:
            if get(paper, key) is MISSING and get(change, key) is not MISSING:
                raise ParamsError(
                    f"{name}.{dotted(key)} is new in params.yaml and profile {profile!r} changes "
                    f"it: run `python -m scripts.paper_profile`, so that profiles/{PAPER}.yaml has it"
                )
        values = merge(paper, change)
        for key, value in explicit.items():
            put(values, key, value)

        shared = {key: value for key, value in values.items() if key != "models"}
        rows = values.get("models") or {}
        known = shared | {"models": {row: merge(shared, own) for row, own in rows.items()}}
        for text, value in (overrides or {}).items():
            if (start := find(known, text)) is None:
                raise ParamsError(f"override {text!r}: {name} has no such parameter")
            for key, new in leaves(value, start):
                explicit[key] = new
                put(values, key, new)

        replaced = []
        for row, content in rows.items():
            rows[row] = {}
            for key, value in leaves(content):
                own = ("models", row, *key)
                if own not in explicit and get(shared, key) is not MISSING:
                    if value is None:
                        continue
                    if value != explicit.get(key, value):
                        value = explicit[key]
                        replaced.append(own)
                put(rows[row], key, value)
        return Resolved(name, values, profile, explicit, replaced)

    def _changed(self, name: str, corpus: str | None) -> dict[Key, Any]:
        """Values of a block of `params.yaml` that are not the papers', or that are pinned."""
        block_key = tuple(name.split("."))
        written, paper = get(self.values, block_key), get(self.profiles[PAPER], block_key)
        if not isinstance(written, dict):
            raise ParamsError(f"params.yaml: there is no block {name!r}")
        for key, _ in leaves(paper):
            if get(written, key) is MISSING:
                text = f"{name}.{dotted(key)}"
                raise ParamsError(f"params.yaml: {text} is missing; keep every key there")
        listed = self.values.get("pinned") or []
        pinned = [find(self.values, text) for text in listed]
        if None in pinned:
            raise ParamsError(f"params.yaml: pinned: one of {listed} is no parameter")
        shared, own = {}, {}
        for key, value in leaves(written):
            if get(paper, key) == value and (*block_key, *key) not in pinned:
                continue
            if key[0] != "corpora":
                shared[key] = value
            elif key[1] == corpus:
                own[key[2:]] = value
        return shared | own


def _layer(tree: Tree, name: str, corpus: str | None) -> Tree:
    """A block with its entry under `corpora` for this corpus laid over it."""
    found = get(tree, tuple(name.split(".")))
    layer = {} if found is MISSING else dict(found)
    return merge(layer, layer.pop("corpora", {}).get(corpus, {}))


def parse(text: str) -> Any:
    """Content of YAML text as DVC reads it: `1e-5` is a number, `no` is a word."""
    return YAML(typ="safe").load(text)


def load_yaml(path: Path | None = None) -> Tree:
    """Content of a YAML file (default: the project's `params.yaml`)."""
    if not (path := path or project_path("params.yaml")).is_file():
        raise FileNotFoundError(f"no {path}")
    with reading(path, ParamsError, "is no table in YAML, correct it"):
        return dict(parse(path.read_text(encoding="utf-8")) or {})


def load(root: Path | None = None) -> Parameters:
    """Parameters and profiles of a project (default: the one around the working directory)."""
    root = root or project_root()
    profiles = {path.stem: load_yaml(path) for path in sorted(root.glob("profiles/*.yaml"))}
    return Parameters(load_yaml(root / "params.yaml"), profiles)


def block(name: str, corpus: str | None = None, overrides: Tree | None = None) -> Tree:
    """A block of the project's parameters as a plain dict; see `Parameters.resolve`."""
    return load().resolve(name, corpus, overrides).content


def read(
    name: str, schema: type[SettingsType], corpus: str | None = None, overrides: Tree | None = None
) -> SettingsType:
    """A block of the project's parameters, validated; see `Parameters.resolve`."""
    return load().resolve(name, corpus, overrides).validated(schema)
