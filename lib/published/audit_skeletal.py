"""Audit of shi2020 and shi2021: parameters, data counts, splits; all stated gains and p-values."""

from collections.abc import Iterator
from itertools import pairwise, product

import numpy as np
import torch

from lib.models import skeletal_baselines as baselines
from lib.models.attention import MultiHeadSpatialAttention
from lib.models.skeletal import SMACN
from lib.models.weights import count_parameters
from lib.published.check import Check, agree, answer, unpaired_p
from lib.published.tables import cell, cells, claims, protocol, select, spread, value

OLD, NEW = "shi2020-smern", "shi2021-smern-ga"
TABLE = "shi2021-table-1"
UTTERANCES = "{}-section-iv-a-utterances-{}-count"


def _printed(model: str) -> float:
    return value(f"shi2021-table-2-{model}-parameters")


def _rounds(printed: float, count: int) -> bool:
    return abs(printed - count) <= 50


def _recurrent() -> Iterator[Check]:
    sizes = {10 * n: count_parameters(baselines.SkeletalLSTM(10, n)) for n in (2, 3, 6)}
    heads = {n: count_parameters(baselines.SkeletalLSTMAttention(heads=n)) for n in (1, 4, 5, 8)}
    for model, key, counts, unit, right in (
        ("lstm", "lstm", sizes, "values", 30),
        ("lstm-att", "lstm-attention", heads, "heads", 5),
    ):
        printed = _printed(model)
        holds = [number for number, n in counts.items() if _rounds(printed, n)] == [right]
        listed = ", ".join(f"{number} {unit}: {n:,}" for number, n in counts.items())
        yield answer(f"{key}-parameters", printed, counts[right], holds, counts=listed)


def _smacn() -> Iterator[Check]:
    printed, ours = _printed("smacn"), count_parameters(SMACN())
    square = count_parameters(SMACN(first_kernel=(3, 3), kernel=(3, 3), heads=4))
    outer = ours - 4 * (256 * 5 * 256) + 1 * 256 * 5 * 128
    area = (printed - outer) / (256 * (128 + 3 * 256))
    yield answer("smacn-square-kernels", printed, square, _rounds(printed, square))
    yield answer("smacn-parameters", printed, ours, None, area=area)
    kernels = ((1, 1), (2, 1), (2, 2), (3, 1), (3, 3), (5, 1), (5, 3), (7, 1))
    sizes = (16, 32, 64, 128, 256, 512)
    uniform = sum(
        _rounds(printed, body + 256 * size + size + size * heads + 256 * heads * 4 + 4)
        for body, size, heads in product(map(_uniform_body, kernels), sizes, range(1, 21))
    )
    yield answer("smacn-uniform-kernels", None, float(uniform), uniform > 0)


def _uniform_body(kernel: tuple[int, int]) -> int:
    """Parameters of SMACN's five convolutions with the same kernel."""
    pairs = pairwise([3, 128, 256, 256, 256, 256])
    return sum(count_parameters(torch.nn.Conv2d(*pair, kernel, device="meta")) for pair in pairs)


def _convolutional() -> Iterator[Check]:
    printed, square = _printed("cnn"), count_parameters(baselines.SkeletalCNN(flattened=1))
    yield answer("cnn-parameters", printed, square, square <= printed + 50)
    printed = _printed("3dcnn")
    cube, temporal = (
        count_parameters(baselines.Skeletal3DCNN(kernel=kernel, flattened=1))
        for kernel in ((3, 3, 3), (5, 1, 1))
    )
    yield answer("3dcnn-parameters", printed, cube, cube <= printed + 50, temporal=temporal)


def _length_of_g() -> Iterator[Check]:
    vector = MultiHeadSpatialAttention(channels=256, features=128, heads=8)
    size = vector(torch.zeros(1, 256, 4, 2))[0].shape[1]
    yield answer("length-of-g", float(8 * 8), float(size), size == 8 * 8)


def _utterances() -> Iterator[Check]:
    for paper, key in ((OLD, "shi2020"), (NEW, "shi2021")):
        classes = ("happiness", "sadness", "anger", "neutral")
        counts = [value(UTTERANCES.format(key, name)) for name in classes]
        total, found = value(UTTERANCES.format(key, "all")), sum(counts)
        words = {"key": key, "paper": paper, "parts": " + ".join(f"{n:.0f}" for n in counts)}
        yield answer("{key}-utterances", total, found, found == total, **words)
    before = protocol(OLD)["dataset before removal"]["verified"]
    removed = {name: n - value(UTTERANCES.format("shi2020", name)) for name, n in before.items()}
    total, gone = sum(before.values()), sum(removed.values())
    parts = ", ".join(f"{name} {number:.0f}" for name, number in removed.items())
    words = {"before": total, "after": total - gone, "parts": parts}
    yield answer("removed-utterances", None, gone, None, **words)


def _splits() -> Iterator[Check]:
    sizes = protocol(OLD)["MDRE block sizes"]["verified"]
    total, tested = sum(sizes[part][0] for part in ("train", "dev", "test")), sum(sizes["test"])
    holds = tested == total
    yield answer("share-tested", 1.0, tested / total, holds, tested=tested, all=total)
    speakers = float(protocol(NEW)["speakers"]["stated"])
    shares = [speakers * part / 10 for part in (8, 0.5, 1.5)]
    whole, listed = all(map(float.is_integer, shares)), ", ".join(f"{n:g}" for n in shares)
    yield answer("speakers-by-ratio", None, shares[1], whole, speakers=speakers, shares=listed)
    first, second = select(NEW, "Table 4", metric="ratio")["printed"]
    yield answer("ratio-table-4", None, None, first == second, first=first, second=second)


def _between_papers() -> Iterator[Check]:
    for metric, key in (("UAR", "uar"), ("WAR", "war")):
        old = 100 * value(f"shi2020-table-i-mdre-{key}")
        new = value(f"shi2021-table-1-mdre-{key}")
        words = {"key": key, "metric": metric, "difference": new - old}
        yield answer("mdre-{key}-between-papers", old, new, abs(old - new) < 0.05, **words)
    verified = protocol(OLD)["MoCap baseline"]["verified"]
    printed = value("shi2021-table-1-mocap-model-wap")
    yield answer("mocap-wap", printed, None, False, verified=verified)


def _gains() -> Iterator[Check]:
    for claim_id, claim in claims().iterrows():
        if not claim["stated_value"] or ";" not in claim["cells"]:
            continue
        first, second = claim["cells"].split(";")
        ours, theirs, unit = value(first), value(second), cell(first)["unit"]
        gain = (ours - theirs) * (100 if unit == "fraction" else 1)
        stated = float(claim["stated_value"])
        nearly = "nearly " if "nearly" in claim["quote"] else ""
        digits = 3 if unit == "coefficient" else 1
        holds = stated - 1 <= gain <= stated if nearly else agree(stated, gain, digits)
        words = {name: claim[name] for name in ("paper", "subject", "comparator", "metric")}
        words |= {"claim": claim_id, "ours": ours, "theirs": theirs, "gain": gain, "nearly": nearly}
        yield answer("gain-{claim}", stated, round(gain, 4), holds, **words)


def _cell_p(first: str, second: str, runs: int) -> tuple[float, float, float]:
    """`unpaired_p` of two cells, and its range within the rounding of means and spreads."""

    def shifted(one: float = 0, two: float = 0, both: float = 0) -> float:
        spreads = spread(first) + both, spread(second) + both
        return unpaired_p(value(first) + one, spreads[0], value(second) + two, spreads[1], runs)

    around = [shifted(*shifts) for shifts in product((-0.05, 0.05), repeat=3)]
    return shifted(), min(around), max(around)


def _p_values() -> Iterator[Check]:
    best, second, baseline = (f"{TABLE}-{name}-wap" for name in ("smern-ga", "smern", "mdre"))
    chosen = claims().query("metric == 'WAP' & subject == 'SMERN-GA' & comparator == 'SMERN'")
    stated = float(chosen["stated_p"].iloc[0])
    printed = {"first": cell(best)["printed"], "second": cell(second)["printed"]}
    for key, runs in (("p-smern-ga", 10), ("p-smern-ga-five", 5)):
        exact, low, high = _cell_p(best, second, runs)
        holds = low <= stated <= high
        yield answer(key, stated, exact, holds, low=low, high=high, **printed)
    high = _cell_p(second, baseline, 10)[2]
    yield answer("p-smern", 0.001, high, high < 0.001)
    shown = cells().query("paper == 'shi2021-smern-ga' & exhibit == 'Table 1'")
    shown = shown.dropna(subset="value")
    spreads = shown.loc[shown["metric"].isin(["UAR", "WAR"]), "spread"]
    yield answer("p-uar-war", None, float(spreads.isna().sum()), None, all=len(spreads))


def _bounds() -> Iterator[Check]:
    place = "shi2021-section-iv-d-smern-ga-against-smern-{}-{}"
    for metric in ("WAP", "UAR", "WAR"):
        key = metric.lower()
        p, bound = (value(place.format(key, name)) for name in ("p", "bound-of-p"))
        yield answer("bound-{key}", bound, p, p < bound, key=key, metric=metric)


def _copied_spreads() -> Iterator[Check]:
    models = ("are", "tre", "mdre")
    rows = [(f"shi2020-table-i-{name}-wap", f"{TABLE}-{name}-reported-wap") for name in models]
    equal = [
        np.isclose(100 * value(old), value(new)) and np.isclose(100 * spread(old), spread(new))
        for old, new in rows
    ]
    yield answer("copied-wap", None, float(sum(equal)), not any(equal), all=len(rows))


CHECKS = (
    *(_recurrent, _smacn, _convolutional, _length_of_g, _utterances, _splits, _between_papers),
    *(_gains, _p_values, _bounds, _copied_spreads),
)
