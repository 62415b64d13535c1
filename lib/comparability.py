"""Why numbers of a stage cannot be compared with the papers': data, weights, profile, counts."""

from lib import params
from lib.corpora import catalogue, checks
from lib.corpora.provenance import Provenance
from lib.trees import dotted, leaves

BLOCKS = ("extraction", "training")
WEIGHTS = ("weights", "checkpoint", "glove")
"""Parameters that name a file of pretrained weights; empty for weights of this project's own."""


def obstacle(paper: str, data: Provenance) -> str:
    """Verdict on every number of a paper's stages on a corpus; empty where it can be compared.

    ``not comparable`` if the data are not the paper's own corpus, ``protocol differs`` if weights
    are not the pretrained ones, another profile than the papers' is used, or the copy has other
    counts than the release. The reason follows a colon.
    """
    if data.kind != "licensed" or not catalogue.get(data.corpus).papers:
        return f"not comparable: {data.marker}"
    loaded = params.load()
    blocks = {name: loaded.resolve(f"{paper}.{name}", data.corpus) for name in BLOCKS}
    profile = blocks["training"].profile
    found = [f"profile {profile}"] if profile != params.PAPER else []
    missing = sorted(
        f"{name}.{dotted(key)}"
        for name, own in blocks.items()
        for key, value in leaves(own.content)
        if not value and set(key) & set(WEIGHTS) and "models" not in key
    )
    if missing:
        found.append(f"no pretrained weights in {', '.join(missing)}")
    counts = checks.differences(data.counts, catalogue.get(data.corpus).expected)
    other = counts.index[counts["difference"] != 0].to_list()
    if other:
        found.append(f"other counts of {', '.join(map(str, other))}")
    return f"protocol differs: {'; '.join(found)}" if found else ""
