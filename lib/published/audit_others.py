"""Audit of priyasad2020 and lee2018."""

from collections.abc import Iterator

import numpy as np

from lib.published.audit import Check, agree, verdict
from lib.published.tables import protocol, select, value

AUDIO_VISUAL, VALENCE = "priyasad2020-audio-visual", "lee2018-valence"


def checks() -> Iterator[Check]:
    """All checks of this module."""
    yield from _confusion()
    yield from _files()
    yield from _times()
    yield _gap()
    yield from _valence()


def smallest_size(shares: list[float], digits: int = 2, limit: int = 2000) -> int:
    """Smallest number of clips whose rounded shares are the printed percentages of a row.

    Raises
    ------
    ValueError
        If there is none up to the limit.
    """
    for size in range(1, limit):
        counts = [round(share * size / 100) for share in shares]
        fits = all(
            agree(share, 100 * count / size, digits) and abs(share - 100 * count / size) <= 0.0051
            for share, count in zip(shares, counts, strict=True)
        )
        if fits and sum(counts) == size:
            return size
    raise ValueError(f"no row of up to {limit} clips has the shares {shares}")


def _confusion() -> Iterator[Check]:
    table = select(AUDIO_VISUAL, "Figure 4")
    recalls = table[table["row"] == table["column"]]["value"].to_list()
    mean = float(np.mean(recalls))
    printed = value("priyasad2020-table-1-rml-proposed-accuracy")
    yield Check(
        "rml-accuracy-is-uar", AUDIO_VISUAL, "Is RML's accuracy the mean of the class recalls?",
        f"({' + '.join(f'{recall:g}' for recall in recalls)}) / 6 = {mean:.2f}; "
        f"Table 1 prints {printed}",
        printed, mean, verdict(agree(printed, mean, 2)),
        "The printed accuracy is the unweighted average recall; accuracy weighs by class size.",
    )  # fmt: skip
    sums = table.groupby("row")["value"].sum()
    worst = float((sums - 100).abs().max())
    yield Check(
        "rml-rows", AUDIO_VISUAL, "Do the rows of Figure 4 add up to 100 %?",
        ", ".join(f"{name!s} {total:.2f}" for name, total in sums.items()),
        100.0, float(sums.mean()), verdict(worst <= 0.031),
        "Within rounding.",
    )  # fmt: skip
    sizes = {
        str(row): smallest_size(group["value"].to_list())
        for row, group in table.groupby("row", sort=False)
    }
    stated = value("priyasad2020-section-4-rml-samples-count")
    yield Check(
        "rml-clips", AUDIO_VISUAL, "How many clips does Figure 4 rest on?",
        f"smallest rows that give the printed shares: "
        f"{', '.join(f'{row} {size}' for row, size in sizes.items())}, together "
        f"{sum(sizes.values())}; RML has {stated:.0f} samples by the paper",
        stated, float(sum(sizes.values())), "cannot be decided",
        "The shares fit far fewer clips than the corpus has, or multiples of these.",
    )  # fmt: skip
    yield Check(
        "other-confusions", AUDIO_VISUAL, "Do Figures 5 to 7 agree with Tables 1 and 2?",
        "their cells are pictures in the text available here; no number of them is in cells.csv",
        None, None, "cannot be decided",
        "Only Figure 4's numbers could be read.",
    )  # fmt: skip


def _files() -> Iterator[Check]:
    disk = protocol(AUDIO_VISUAL)["files on disk"]["verified"]
    for name, key in (("RML", "rml"), ("eNTERFACE", "enterface-05")):
        stated = value(f"priyasad2020-section-4-{key}-samples-count")
        yield Check(
            f"{key}-files", AUDIO_VISUAL, f"Does the {name} release have the stated samples?",
            f"stated {stated:.0f}, on disk {disk[name]}", stated, float(disk[name]),
            verdict(stated == disk[name]),
            "The count is another release's; which files were used is not stated.",
        )  # fmt: skip
    parts = protocol(AUDIO_VISUAL)["eNTERFACE subjects on disk"]["verified"]
    total = parts["complete"] * parts["clips each"] + parts["subject 23"] + parts["subject 6"]
    yield Check(
        "enterface-05-sum", AUDIO_VISUAL, "Where do the eNTERFACE'05 files on disk come from?",
        f"{parts['complete']} x {parts['clips each']} + {parts['subject 23']} + "
        f"{parts['subject 6']} = {total}",
        float(disk["eNTERFACE"]), float(total), verdict(total == disk["eNTERFACE"]),
        "42 complete subjects and the incomplete subjects 23 and 6.",
    )  # fmt: skip


def _times() -> Iterator[Check]:
    items = protocol(AUDIO_VISUAL)
    window, frames = items["window_ms"]["stated"], items["context_frames"]["stated"]
    printed = items["segment_ms"]["stated"]
    spans = {
        name: (frames - 1) * hop + window
        for name, hop in (
            ("hop of 10 ms", items["hop_ms"]["inferred"]),
            ("overlap of 10 ms", window - items["overlap_ms"]["stated"]),
        )
    }
    listed = "; ".join(f"{name}: {span} ms" for name, span in spans.items())
    yield Check(
        "segment-length", AUDIO_VISUAL, "Is '10 ms of overlap' compatible with segments of 655 ms?",
        f"63 hops + 25 ms; {listed}; printed {printed} ms", float(printed),
        float(spans["overlap of 10 ms"]), verdict(spans["overlap of 10 ms"] == printed),
        "Only a hop of 10 ms, an overlap of 15 ms, gives 655 ms.",
    )  # fmt: skip
    for name, rate in items["frame rates"]["verified"].items():
        shown = printed * rate / 1000
        stated = items["video_frames"]["stated"]
        yield Check(
            f"video-frames-{name.lower()}", AUDIO_VISUAL,
            f"Are {stated} video frames a segment at {rate} frames a second ({name})?",
            f"{printed} ms x {rate} / 1000 = {shown:.2f}", float(stated), shown,
            verdict(round(shown) == stated),
            "Holds for RML." if round(shown) == stated else
            "At 25 frames a second there are 16; four must be duplicated in every segment.",
        )  # fmt: skip


def _gap() -> Check:
    pairs = [
        (value(f"priyasad2020-table-2-{key}-proposed-accuracy"),
         value(f"priyasad2020-table-1-{key}-proposed-accuracy"))
        for key in ("rml", "enterface-05")
    ]  # fmt: skip
    gaps = [kfold - loso for kfold, loso in pairs]
    return Check(
        "kfold-loso-gap", AUDIO_VISUAL, "Why is k-fold twenty points above leave-one-subject-out?",
        "; ".join(f"{k} - {loso} = {k - loso:.2f}" for k, loso in pairs), None,
        float(np.mean(gaps)), "cannot be decided",
        "k, and whether segments of a clip stay together, are not stated; leakage is possible.",
    )  # fmt: skip


def _valence() -> Iterator[Check]:
    same = [
        (
            metric,
            value(f"lee2018-table-1-2d-cnn-{metric}"),
            value(f"lee2018-table-2-cnn-1-{metric}"),
        )
        for metric in ("rmse", "cc", "ccc")
    ]
    equal = all(first == second for _, first, second in same)
    yield Check(
        "lee2018-2d-cnn", VALENCE, "Is the 2D-CNN of the component analysis the authors' own?",
        ", ".join(f"{m.upper()} {a:g} and {b:g}" for m, a, b in same), None, None,
        verdict(not equal),
        "All three numbers are those of the cited CNN [1] in Table 2: quoted, not run.",
    )  # fmt: skip
    for metric in ("rmse", "cc", "ccc"):
        first = value(f"lee2018-table-1-3d-cnn-sta-{metric}")
        second = value(f"lee2018-table-2-3d-cnn-sta-4-s-{metric}")
        yield Check(
            f"lee2018-sta-{metric}", VALENCE,
            f"Do Tables 1 and 2 print the same {metric.upper()} of the proposed network?",
            f"{first:g} and {second:g}", first, second, verdict(first == second), "They agree.",
        )  # fmt: skip
