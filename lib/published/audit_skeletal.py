"""Audit of shi2020 and shi2021: parameter counts, data counts, splits, one against the other."""

from collections.abc import Iterator
from itertools import pairwise, product

import torch

from lib.models.attention import MultiHeadSpatialAttention
from lib.models.skeletal import SMACN
from lib.models.skeletal_baselines import (
    Skeletal3DCNN,
    SkeletalCNN,
    SkeletalLSTM,
    SkeletalLSTMAttention,
)
from lib.models.weights import count_parameters
from lib.published.check import Check, answer
from lib.published.tables import protocol, value

OLD, NEW = "shi2020-smern", "shi2021-smern-ga"


def checks() -> Iterator[Check]:
    """All checks of this module."""
    yield from _recurrent_counts()
    yield from _smacn_counts()
    yield from _convolutional_counts()
    vector = MultiHeadSpatialAttention(channels=256, features=128, heads=8)
    size = vector(torch.zeros(1, 256, 4, 2))[0].shape[1]
    yield answer("length-of-g", float(8 * 8), float(size), size == 8 * 8)
    yield from _data_counts()
    yield from _splits()
    yield from _between_papers()


def _published_count(model: str) -> float:
    return value(f"shi2021-table-2-{model}-parameters")


def _rounds(published: float, count: int) -> bool:
    return abs(published - count) <= 50


def _recurrent_counts() -> Iterator[Check]:
    sizes = {10 * n: count_parameters(SkeletalLSTM(10, n)) for n in (2, 3, 6)}
    heads = {n: count_parameters(SkeletalLSTMAttention(heads=n)) for n in (1, 4, 5, 8)}
    for model, key, counts, unit, fits in (
        ("lstm", "lstm", sizes, "values", 30),
        ("lstm-att", "lstm-attention", heads, "heads", 5),
    ):
        published = _published_count(model)
        fitting = [number for number, count in counts.items() if _rounds(published, count)]
        listed = ", ".join(f"{number} {unit}: {count:,}" for number, count in counts.items())
        holds = fitting == [fits]
        yield answer(f"{key}-parameters", published, counts[fits], holds, counts=listed)


def _smacn_counts() -> Iterator[Check]:
    published = _published_count("smacn")
    ours = count_parameters(SMACN())
    square = count_parameters(SMACN(first_kernel=(3, 3), kernel=(3, 3), heads=4))
    outer = ours - 4 * (256 * 5 * 256) + 1 * 256 * 5 * 128
    area = (published - outer) / (256 * (128 + 3 * 256))
    yield answer("smacn-square-kernels", published, square, _rounds(published, square))
    yield answer("smacn-parameters", published, ours, None, area=area)
    kernels = ((1, 1), (2, 1), (2, 2), (3, 1), (3, 3), (5, 1), (5, 3), (7, 1))
    sizes = (16, 32, 64, 128, 256, 512)
    bodies = map(_uniform_body, kernels)
    uniform = sum(
        _rounds(published, body + 256 * size + size + size * heads + 256 * heads * 4 + 4)
        for body, size, heads in product(bodies, sizes, range(1, 21))
    )
    yield answer("smacn-uniform-kernels", None, float(uniform), uniform > 0)


def _uniform_body(kernel: tuple[int, int]) -> int:
    """Parameters of SMACN's five convolutions with the same kernel."""
    sizes = [3, 128, 256, 256, 256, 256]
    layers = [
        torch.nn.Conv2d(before, after, kernel, device="meta") for before, after in pairwise(sizes)
    ]
    return sum(count_parameters(layer) for layer in layers)


def _convolutional_counts() -> Iterator[Check]:
    published, square = _published_count("cnn"), count_parameters(SkeletalCNN(flattened=1))
    yield answer("cnn-parameters", published, square, square <= published + 50)
    published = _published_count("3dcnn")
    cube, temporal = (
        count_parameters(Skeletal3DCNN(kernel=kernel, flattened=1))
        for kernel in ((3, 3, 3), (5, 1, 1))
    )
    holds = cube <= published + 50
    yield answer("3dcnn-parameters", published, cube, holds, temporal=temporal)


def _data_counts() -> Iterator[Check]:
    stem = "{}-section-iv-a-utterances-{}-count"
    for paper, key in ((OLD, "shi2020"), (NEW, "shi2021")):
        classes = ("happiness", "sadness", "anger", "neutral")
        counts = [value(stem.format(key, name)) for name in classes]
        total, found = value(stem.format(key, "all")), sum(counts)
        words = {"key": key, "paper": paper, "parts": " + ".join(f"{n:.0f}" for n in counts)}
        yield answer("{key}-utterances", total, found, found == total, **words)
    before = protocol(OLD)["dataset before removal"]["verified"]
    removed = {name: size - value(stem.format("shi2020", name)) for name, size in before.items()}
    total, gone = sum(before.values()), sum(removed.values())
    parts = ", ".join(f"{name} {number:.0f}" for name, number in removed.items())
    words = {"before": total, "after": total - gone, "parts": parts}
    yield answer("removed-utterances", None, gone, None, **words)


def _splits() -> Iterator[Check]:
    sizes = protocol(OLD)["MDRE block sizes"]["verified"]
    total = sizes["train"][0] + sizes["dev"][0] + sizes["test"][0]
    tested = sum(sizes["test"])
    words = {"tested": tested, "all": total}
    yield answer("share-tested", 1.0, tested / total, tested == total, **words)
    speakers = float(protocol(NEW)["speakers"]["stated"])
    shares = [speakers * part / 10 for part in (8, 0.5, 1.5)]
    whole = all(share.is_integer() for share in shares)
    listed = ", ".join(f"{share:g}" for share in shares)
    yield answer("speakers-by-ratio", None, shares[1], whole, speakers=speakers, shares=listed)


def _between_papers() -> Iterator[Check]:
    for metric in ("UAR", "WAR"):
        key = metric.lower()
        old = 100 * value(f"shi2020-table-i-mdre-{key}")
        new = value(f"shi2021-table-1-mdre-{key}")
        words = {"key": key, "metric": metric, "difference": new - old}
        yield answer("mdre-{key}-between-papers", old, new, abs(old - new) < 0.05, **words)
    verified = protocol(OLD)["MoCap baseline"]["verified"]
    printed = value("shi2021-table-1-mocap-model-wap")
    yield answer("mocap-wap", printed, None, False, verified=verified)
