"""Audit of shi2020 and shi2021: parameter counts, data counts, splits, one against the other."""

from collections.abc import Iterator
from itertools import pairwise

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
from lib.published.audit import Check, verdict
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
    yield Check(
        "lstm-parameters", NEW, "How many values a frame does the LSTM's parameter count imply?",
        f"LSTM(n, 512, 2 layers) + Linear(512, 4): {listed}; published {published:,.0f}",
        published, counts[30], verdict(fitting == [30]),
        "Only 30 values a frame, ten joints in three dimensions, give the published count.",
    )  # fmt: skip
    heads = {n: count_parameters(SkeletalLSTMAttention(heads=n)) for n in (1, 4, 5, 8)}
    published = _published_count("lstm-att")
    fitting = [n for n, count in heads.items() if _rounds(published, count)]
    listed = ", ".join(f"{n} heads: {count:,}" for n, count in heads.items())
    yield Check(
        "lstm-attention-parameters", NEW, "Is the attention of LSTM+Att a single weight a frame?",
        f"LSTM(30, 512) + Linear(512, heads) + Linear(512 heads, 4): {listed}; "
        f"published {published:,.0f}",
        published, heads[5], verdict(fitting == [5]),
        "The count fits five heads of linear scores; the text describes one weighted sum.",
    )  # fmt: skip


def _smacn_counts() -> Iterator[Check]:
    published = _published_count("smacn")
    ours = count_parameters(SMACN())
    square = count_parameters(SMACN(first_kernel=(3, 3), kernel=(3, 3), heads=4))
    outer = count_parameters(SMACN()) - 4 * (256 * 5 * 256) + 1 * 256 * 5 * 128
    rest = published - outer
    area = rest / (256 * (128 + 3 * 256))
    yield Check(
        "smacn-square-kernels", NEW, "Can SMACN have 3x3 kernels throughout?",
        f"3x3 kernels, F 128, H 4: {square:,}; published {published:,.0f}",
        published, square, verdict(_rounds(published, square)),
        "3x3 kernels need nearly twice the published parameters.",
    )  # fmt: skip
    yield Check(
        "smacn-parameters", NEW, "Do this project's defaults give the published count?",
        f"5x3, then 5x1, F 128, H 8: {ours:,}; published {published:,.0f}; the mean kernel area "
        f"that would fit the units is {area:.2f}",
        published, ours, "cannot be decided",
        "Kernels, F and H are not stated; several combinations fit, so none can be claimed.",
    )  # fmt: skip
    uniform = []
    for side in ((1, 1), (2, 1), (2, 2), (3, 1), (3, 3), (5, 1), (5, 3), (7, 1)):
        body = _uniform_body(side)
        for features in (16, 32, 64, 128, 256, 512):
            for heads in range(1, 21):
                attention = 256 * features + features + features * heads
                if _rounds(published, body + attention + 256 * heads * 4 + 4):
                    uniform.append((side, features, heads))
    yield Check(
        "smacn-uniform-kernels", NEW, "Does any one kernel for all five layers give the count?",
        f"8 kernels x 6 sizes of F x 20 numbers of heads: {len(uniform)} combinations fit",
        None, float(len(uniform)), verdict(bool(uniform)),
        "No single kernel size with a usual F and up to 20 heads reproduces the published count.",
    )  # fmt: skip


def _uniform_body(kernel: tuple[int, int]) -> int:
    sizes = [3, 128, 256, 256, 256, 256]
    layers = [
        torch.nn.Conv2d(before, after, kernel, device="meta") for before, after in pairwise(sizes)
    ]
    return sum(count_parameters(layer) for layer in layers)


def _convolutional_counts() -> Iterator[Check]:
    published = _published_count("cnn")
    square = count_parameters(SkeletalCNN(flattened=1))
    yield Check(
        "cnn-parameters", NEW, "Can the CNN have 3x3 kernels?",
        f"64-128-256-512 with 3x3 kernels and the smallest output layer: {square:,}; "
        f"published {published:,.0f}",
        published, square, verdict(square <= published + 50),
        "3x3 kernels alone exceed the published count: kernels must be smaller.",
    )  # fmt: skip
    published = _published_count("3dcnn")
    cube = count_parameters(Skeletal3DCNN(kernel=(3, 3, 3), flattened=1))
    temporal = count_parameters(Skeletal3DCNN(kernel=(5, 1, 1), flattened=1))
    yield Check(
        "3dcnn-parameters", NEW, "Can the 3DCNN have 3x3x3 kernels?",
        f"4 x 256 with 3x3x3: {cube:,}; with 5x1x1: {temporal:,} before flattening more; "
        f"published {published:,.0f}",
        published, cube, verdict(cube <= published + 50),
        "3x3x3 kernels need four times the published parameters; kernels over time alone fit.",
    )  # fmt: skip


def _representation() -> Check:
    layer = MultiHeadSpatialAttention(channels=256, features=128, heads=8)
    size = layer(torch.zeros(1, 256, 4, 2))[0].shape[1]
    return Check(
        "length-of-g", OLD, "Is the vector G of length R = H x L?",
        f"equation 6 with H 8, C 256, L 4 x 2: length {size}; H x L is {8 * 8}, H x C is {8 * 256}",
        float(8 * 8), float(size), verdict(size == 8 * 8),
        "The sum over positions removes L: R is H x C.",
    )  # fmt: skip


def _data_counts() -> Iterator[Check]:
    for paper, key in ((OLD, "shi2020"), (NEW, "shi2021")):
        stem = f"{key}-section-iv-a-utterances"
        classes = ("happiness", "sadness", "anger", "neutral")
        counts = [value(f"{stem}-{name}-count") for name in classes]
        total = value(f"{stem}-all-count")
        yield Check(
            f"{key}-utterances", paper, "Do the classes add up to the stated total?",
            f"{' + '.join(f'{count:.0f}' for count in counts)} = {sum(counts):.0f}; "
            f"stated {total:.0f}",
            total, sum(counts), verdict(sum(counts) == total),
            "The four classes add up.",
        )  # fmt: skip
    before = protocol(OLD)["dataset before removal"]["verified"]
    removed = {
        name: before[name] - value(f"shi2020-section-iv-a-utterances-{name}-count")
        for name in before
    }
    listed = ", ".join(f"{name} {number:.0f}" for name, number in removed.items())
    yield Check(
        "removed-utterances", OLD, "How many utterances lack their actor in the picture?",
        f"{sum(before.values())} - {sum(before.values()) - sum(removed.values()):.0f} = "
        f"{sum(removed.values()):.0f}: {listed}",
        None, sum(removed.values()), "cannot be decided",
        "The ids of the removed utterances are not published, so nobody can remove the same ones.",
    )  # fmt: skip


def _tested_share() -> Check:
    sizes = protocol(OLD)["MDRE block sizes"]["verified"]
    total = sizes["train"][0] + sizes["dev"][0] + sizes["test"][0]
    tested = sum(sizes["test"]) / total
    return Check(
        "share-tested", OLD, "Do five folds of 8 : 0.5 : 1.5 test every utterance?",
        f"5 x 1.5 / 10 = {5 * 1.5 / 10:.0%}; in the public code's blocks {sum(sizes['test'])} of "
        f"{total} = {tested:.1%}",
        1.0, tested, verdict(tested == 1),
        "About a quarter to a third of the data is never tested; results on 'all' data are not.",
    )  # fmt: skip


def _speakers() -> Check:
    speakers = float(protocol(NEW)["speakers"]["stated"])
    shares = [speakers * part / 10 for part in (8, 0.5, 1.5)]
    return Check(
        "speakers-by-ratio", NEW, "Can ten speakers be divided 8 : 0.5 : 1.5 without sharing?",
        f"{speakers:.0f} speakers x (0.8, 0.05, 0.15) = {', '.join(f'{n:g}' for n in shares)}",
        None, shares[1], verdict(all(share.is_integer() for share in shares)),
        "Half speakers: development and test share a speaker, or the ratio does not hold.",
    )  # fmt: skip


def _between_papers() -> Iterator[Check]:
    for metric in ("UAR", "WAR"):
        old = 100 * value(f"shi2020-table-i-mdre-{metric.lower()}")
        new = value(f"shi2021-table-1-mdre-{metric.lower()}")
        yield Check(
            f"mdre-{metric.lower()}-between-papers", NEW,
            f"Do both papers print the same {metric} of MDRE?",
            f"shi2020 {old:.1f}, shi2021 {new:.1f}, difference {new - old:+.1f}",
            old, new, verdict(abs(old - new) < 0.05),
            "The two papers' own runs of the baseline differ by more than a point.",
        )  # fmt: skip
    mocap = protocol(OLD)["MoCap baseline"]
    printed = value("shi2021-table-1-mocap-model-wap")
    yield Check(
        "mocap-wap", NEW, "Is the MoCap model's 51.1 a weighted average precision?",
        f"printed {printed}; the cited repository: {mocap['verified']}",
        printed, None, "inconsistent",
        "It is the accuracy of another protocol and cannot be set against SMACN's WAP.",
    )  # fmt: skip
