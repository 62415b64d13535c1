"""Why numbers of a stage cannot be compared with the papers': data, weights, profile, counts."""

from collections.abc import Iterator
from typing import Any

from lib import params
from lib.corpora import catalogue, checks
from lib.corpora.provenance import Provenance

BLOCKS = ("extraction", "training")
WEIGHTS = ("weights", "checkpoint", "glove")
"""Parameters that name a file of pretrained weights; empty for weights of this project's own."""


def obstacle(paper: str, data: Provenance) -> str:
    """Verdict on every number of a paper's stages on a corpus; empty where it can be compared.

    ``not comparable`` if the data are not the paper's own corpus, ``protocol differs`` if weights
    are not the pretrained ones, another profile than the papers' is used, or the copy has other
    counts than the release. What it is stands behind a colon.
    """
    if data.kind != "licensed" or not catalogue.get(data.corpus).papers:
        return f"not comparable: {data.marker}"
    found = list(_deviations(paper, data))
    return f"protocol differs: {'; '.join(found)}" if found else ""


def _deviations(paper: str, data: Provenance) -> Iterator[str]:
    loaded = params.load()
    blocks = {name: loaded.resolve(f"{paper}.{name}", data.corpus) for name in BLOCKS}
    profile = blocks["training"].profile
    if profile != params.PAPER:
        yield f"profile {profile}"
    missing = sorted(
        f"{name}.{key}" for name, own in blocks.items() for key in _without_weights(own.content)
    )
    if missing:
        yield f"no pretrained weights in {', '.join(missing)}"
    counts = checks.differences(data.counts, catalogue.get(data.corpus).expected)
    other = counts.index[counts["difference"] != 0].to_list()
    if other:
        yield f"other counts of {', '.join(map(str, other))}"


def _without_weights(node: Any, key: str = "", weights: bool = False) -> Iterator[str]:
    """Dotted keys of files of weights that are empty."""
    if isinstance(node, dict):
        for name, value in node.items():
            if name != "models":
                below = f"{key}.{name}" if key else str(name)
                yield from _without_weights(value, below, weights or name in WEIGHTS)
    elif weights and not node:
        yield key
