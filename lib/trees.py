"""Trees of parameters: dicts of dicts, whose values have keys such as ("training", "epochs")."""

from collections.abc import Iterable, Iterator
from copy import deepcopy
from typing import Any

Key = tuple[str, ...]
MISSING: Any = object()


def dotted(key: Iterable[Any]) -> str:
    """A key as text: ``training.epochs``."""
    return ".".join(map(str, key))


def find(tree: Any, text: str) -> Key | None:
    """Key that a dotted text stands for; names inside it may have dots themselves.

    ``"models.Xu et al..arguments"`` gives ``("models", "Xu et al.", "arguments")``, where `tree`
    has that key. None if there is no such key.
    """
    if not isinstance(tree, dict):
        return None
    for name in sorted(tree, key=len, reverse=True):
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


def put(tree: dict[str, Any], key: Key, value: Any) -> None:
    """Set the value at a key in place; `MISSING` removes the key, and the dict it leaves empty."""
    name, *rest = key
    if rest:
        if not isinstance(tree.get(name), dict):
            tree[name] = {}
        put(tree[name], tuple(rest), value)
    elif value is not MISSING:
        tree[name] = deepcopy(value)
        return
    if not rest or (value is MISSING and not tree[name]):
        del tree[name]


def leaves(tree: Any, above: Key = ()) -> Iterator[tuple[Key, Any]]:
    """Every value in a tree with its key; an empty dict is a value, and so is a list."""
    if not isinstance(tree, dict) or not tree:
        if above:
            yield above, tree
        return
    for name, value in tree.items():
        yield from leaves(value, (*above, name))
