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
    yield _representation()
    yield from _data_counts()
    yield _tested_share()
    yield _speakers()
    yield from _between_papers()


def _published_count(model: str) -> float:
    return value(f"shi2021-table-2-{model}-parameters")


def _rounds(published: float, count: int) -> bool:
    return abs(published - count) <= 50


def _recurrent_counts() -> Iterator[Check]:
    counts = {
        joints * coordinates: count_parameters(SkeletalLSTM(joints, coordinates))
        for joints, coordinates in ((10, 2), (10, 3), (10, 6))
    }
    published = _published_count("lstm")
    fitting = [size for size, count in counts.items() if _rounds(published, count)]
    listed = ", ".join(f"{size} values: {count:,}" for size, count in counts.items())
    arithmetic = f"LSTM(n, 512, 2 layers) + Linear(512, 4): {listed}; published {published:,.0f}"
    yield answer("lstm-parameters", arithmetic, published, counts[30], fitting == [30])
    heads = {n: count_parameters(SkeletalLSTMAttention(heads=n)) for n in (1, 4, 5, 8)}
    published = _published_count("lstm-att")
    fitting = [n for n, count in heads.items() if _rounds(published, count)]
    listed = ", ".join(f"{n} heads: {count:,}" for n, count in heads.items())
    arithmetic = (
        f"LSTM(30, 512) + Linear(512, heads) + Linear(512 heads, 4): {listed}; "
        f"published {published:,.0f}"
    )
    yield answer("lstm-attention-parameters", arithmetic, published, heads[5], fitting == [5])


def _smacn_counts() -> Iterator[Check]:
    published = _published_count("smacn")
    ours = count_parameters(SMACN())
    square = count_parameters(SMACN(first_kernel=(3, 3), kernel=(3, 3), heads=4))
    outer = ours - 4 * (256 * 5 * 256) + 1 * 256 * 5 * 128
    area = (published - outer) / (256 * (128 + 3 * 256))
    arithmetic = f"3x3 kernels, F 128, H 4: {square:,}; published {published:,.0f}"
    holds = _rounds(published, square)
    yield answer("smacn-square-kernels", arithmetic, published, square, holds)
    arithmetic = (
        f"5x3, then 5x1, F 128, H 8: {ours:,}; published {published:,.0f}; the mean kernel area "
        f"that would fit the units is {area:.2f}"
    )
    yield answer("smacn-parameters", arithmetic, published, ours, None)
    kernels = ((1, 1), (2, 1), (2, 2), (3, 1), (3, 3), (5, 1), (5, 3), (7, 1))
    sizes = (16, 32, 64, 128, 256, 512)
    bodies = map(_uniform_body, kernels)
    uniform = sum(
        _rounds(published, body + 256 * size + size + size * heads + 256 * heads * 4 + 4)
        for body, size, heads in product(bodies, sizes, range(1, 21))
    )
    arithmetic = f"8 kernels x 6 sizes of F x 20 numbers of heads: {uniform} combinations fit"
    yield answer("smacn-uniform-kernels", arithmetic, None, float(uniform), uniform > 0)


def _uniform_body(kernel: tuple[int, int]) -> int:
    """Parameters of SMACN's five convolutions with the same kernel."""
    sizes = [3, 128, 256, 256, 256, 256]
    layers = [
        torch.nn.Conv2d(before, after, kernel, device="meta") for before, after in pairwise(sizes)
    ]
    return sum(count_parameters(layer) for layer in layers)


def _convolutional_counts() -> Iterator[Check]:
    published = _published_count("cnn")
    square = count_parameters(SkeletalCNN(flattened=1))
    arithmetic = (
        f"64-128-256-512 with 3x3 kernels and the smallest output layer: {square:,}; "
        f"published {published:,.0f}"
    )
    yield answer("cnn-parameters", arithmetic, published, square, square <= published + 50)
    published = _published_count("3dcnn")
    cube = count_parameters(Skeletal3DCNN(kernel=(3, 3, 3), flattened=1))
    temporal = count_parameters(Skeletal3DCNN(kernel=(5, 1, 1), flattened=1))
    arithmetic = (
        f"4 x 256 with 3x3x3: {cube:,}; with 5x1x1: {temporal:,} before flattening more; "
        f"published {published:,.0f}"
    )
    yield answer("3dcnn-parameters", arithmetic, published, cube, cube <= published + 50)


def _representation() -> Check:
    layer = MultiHeadSpatialAttention(channels=256, features=128, heads=8)
    size = layer(torch.zeros(1, 256, 4, 2))[0].shape[1]
    arithmetic = (
        f"equation 6 with H 8, C 256, L 4 x 2: length {size}; H x L is {8 * 8}, H x C is {8 * 256}"
    )
    return answer("length-of-g", arithmetic, float(8 * 8), float(size), size == 8 * 8)


def _data_counts() -> Iterator[Check]:
    stem = "{}-section-iv-a-utterances-{}-count"
    for paper, key in ((OLD, "shi2020"), (NEW, "shi2021")):
        classes = ("happiness", "sadness", "anger", "neutral")
        counts = [value(stem.format(key, name)) for name in classes]
        total, found = value(stem.format(key, "all")), sum(counts)
        listed = " + ".join(f"{count:.0f}" for count in counts)
        arithmetic = f"{listed} = {found:.0f}; stated {total:.0f}"
        words = {"key": key, "paper": paper}
        yield answer("{key}-utterances", arithmetic, total, found, found == total, **words)
    before = protocol(OLD)["dataset before removal"]["verified"]
    removed = {name: size - value(stem.format("shi2020", name)) for name, size in before.items()}
    total, gone = sum(before.values()), sum(removed.values())
    listed = ", ".join(f"{name} {number:.0f}" for name, number in removed.items())
    arithmetic = f"{total} - {total - gone:.0f} = {gone:.0f}: {listed}"
    yield answer("removed-utterances", arithmetic, None, gone, None)


def _tested_share() -> Check:
    sizes = protocol(OLD)["MDRE block sizes"]["verified"]
    total = sizes["train"][0] + sizes["dev"][0] + sizes["test"][0]
    tested = sum(sizes["test"]) / total
    arithmetic = (
        f"5 x 1.5 / 10 = {5 * 1.5 / 10:.0%}; in the public code's blocks {sum(sizes['test'])} of "
        f"{total} = {tested:.1%}"
    )
    return answer("share-tested", arithmetic, 1.0, tested, tested == 1)


def _speakers() -> Check:
    speakers = float(protocol(NEW)["speakers"]["stated"])
    shares = [speakers * part / 10 for part in (8, 0.5, 1.5)]
    listed = ", ".join(f"{share:g}" for share in shares)
    arithmetic = f"{speakers:.0f} speakers x (0.8, 0.05, 0.15) = {listed}"
    whole = all(share.is_integer() for share in shares)
    return answer("speakers-by-ratio", arithmetic, None, shares[1], whole)


def _between_papers() -> Iterator[Check]:
    for metric in ("UAR", "WAR"):
        key = metric.lower()
        old = 100 * value(f"shi2020-table-i-mdre-{key}")
        new = value(f"shi2021-table-1-mdre-{key}")
        arithmetic = f"shi2020 {old:.1f}, shi2021 {new:.1f}, difference {new - old:+.1f}"
        same, words = abs(old - new) < 0.05, {"key": key, "metric": metric}
        yield answer("mdre-{key}-between-papers", arithmetic, old, new, same, **words)
    mocap = protocol(OLD)["MoCap baseline"]
    printed = value("shi2021-table-1-mocap-model-wap")
    arithmetic = f"printed {printed}; the cited repository: {mocap['verified']}"
    yield answer("mocap-wap", arithmetic, printed, None, False)
