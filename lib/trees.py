"""Trees of parameters: dicts of dicts, whose values have keys such as ("training", "epochs")."""

from collections.abc import Iterable, Iterator
from copy import deepcopy
from typing import Any

Key = tuple[str, ...]
Tree = dict[str, Any]
MISSING: Any = object()


def dotted(key: Iterable[Any]) -> str:
    """A key as text: ``training.epochs``."""
    return ".".join(map(str, key))


def find(tree: Any, text: str) -> Key | None:
    """Key that a dotted text stands for, or None; names inside it may have dots themselves.

    ``"models.Xu et al..arguments"`` gives ``("models", "Xu et al.", "arguments")``, where `tree`
    has that key.
    """
    for name in sorted(tree, key=len, reverse=True) if isinstance(tree, dict) else ():
        if text == name:
            return (name,)
        if text.startswith(f"{name}.") and (rest := find(tree[name], text[len(name) + 1 :])):
            return (name, *rest)
    return None


def get(tree: Any, key: Key) -> Any:
    """Value or dict at a key; `MISSING` if there is none."""
    for name in key:
        if not isinstance(tree, dict) or name not in tree:
            return MISSING
        tree = tree[name]
    return tree


def put(tree: Tree, key: Key, value: Any) -> None:
    """Set a copy of the value at a key, in place; dicts on the way are made."""
    *above, last = key
    for name in above:
        if not isinstance(tree.get(name), dict):
            tree[name] = {}
        tree = tree[name]
    tree[last] = deepcopy(value)


def leaves(tree: Any, above: Key = ()) -> Iterator[tuple[Key, Any]]:
    """Every value in a tree with its key; an empty dict is a value, and so is a list."""
    if isinstance(tree, dict) and tree:
        for name, value in tree.items():
            yield from leaves(value, (*above, name))
    elif above:
        yield above, tree


def merge(base: Tree, change: Tree) -> Tree:
    """Copy of `base` with `change` laid over it, dict by dict; lists and values are replaced."""
    merged = deepcopy(base)
    for key, value in change.items():
        if isinstance(value, dict) and isinstance(merged.get(key), dict):
            merged[key] = merge(merged[key], value)
        else:
            merged[key] = deepcopy(value)
    return merged
