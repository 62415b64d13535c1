"""Audit of priyasad2020 and lee2018."""

from collections.abc import Iterator

import numpy as np

from lib.published.check import Check, agree, answer
from lib.published.tables import protocol, select, value

PAPER = "priyasad2020-audio-visual"
SAMPLES = "priyasad2020-section-4-{}-samples-count"


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
    table = select(PAPER, "Figure 4")
    recalls = table[table["row"] == table["column"]]["value"].to_list()
    mean = float(np.mean(recalls))
    printed = value("priyasad2020-table-1-rml-proposed-accuracy")
    listed = " + ".join(f"{recall:g}" for recall in recalls)
    arithmetic = f"({listed}) / 6 = {mean:.2f}; Table 1 prints {printed}"
    yield answer("rml-accuracy-is-uar", arithmetic, printed, mean, agree(printed, mean, 2))
    sums = table.groupby("row")["value"].sum()
    whole = float((sums - 100).abs().max()) <= 0.031
    listed = ", ".join(f"{name!s} {total:.2f}" for name, total in sums.items())
    yield answer("rml-rows", listed, 100.0, float(sums.mean()), whole)
    rows = table.groupby("row", sort=False)["value"]
    sizes = {str(row): smallest_size(shares.to_list()) for row, shares in rows}
    stated, total = value(SAMPLES.format("rml")), sum(sizes.values())
    arithmetic = (
        "smallest rows that give the printed shares: "
        f"{', '.join(f'{row} {size}' for row, size in sizes.items())}, together {total}; "
        f"RML has {stated:.0f} samples by the paper"
    )
    yield answer("rml-clips", arithmetic, stated, float(total), None)
    why = "their cells are pictures in the text available here; no number of them is in cells.csv"
    yield answer("other-confusions", why, None, None, None)


def _files() -> Iterator[Check]:
    disk = protocol(PAPER)["files on disk"]["verified"]
    for name, key in (("RML", "rml"), ("eNTERFACE", "enterface-05")):
        stated, found = value(SAMPLES.format(key)), float(disk[name])
        counts = f"stated {stated:.0f}, on disk {found:.0f}"
        yield answer("{key}-files", counts, stated, found, stated == found, key=key, name=name)
    parts = protocol(PAPER)["eNTERFACE subjects on disk"]["verified"]
    total = parts["complete"] * parts["clips each"] + parts["subject 23"] + parts["subject 6"]
    arithmetic = (
        f"{parts['complete']} x {parts['clips each']} + {parts['subject 23']} + "
        f"{parts['subject 6']} = {total}"
    )
    found = float(disk["eNTERFACE"])
    yield answer("enterface-05-sum", arithmetic, found, float(total), total == found)


def _times() -> Iterator[Check]:
    items = protocol(PAPER)
    window, frames = items["window_ms"]["stated"], items["context_frames"]["stated"]
    printed, stated = items["segment_ms"]["stated"], items["video_frames"]["stated"]
    hops = {
        "hop of 10 ms": items["hop_ms"]["inferred"],
        "overlap of 10 ms": window - items["overlap_ms"]["stated"],
    }
    spans = {name: (frames - 1) * hop + window for name, hop in hops.items()}
    span = float(spans["overlap of 10 ms"])
    listed = "; ".join(f"{name}: {length} ms" for name, length in spans.items())
    arithmetic = f"63 hops + 25 ms; {listed}; printed {printed} ms"
    yield answer("segment-length", arithmetic, float(printed), span, span == printed)
    for name, rate in items["frame rates"]["verified"].items():
        shown = printed * rate / 1000
        arithmetic = f"{printed} ms x {rate} / 1000 = {shown:.2f}"
        words = {"key": name.lower(), "name": name, "rate": rate, "stated": stated}
        holds = round(shown) == stated
        yield answer("video-frames-{key}", arithmetic, float(stated), shown, holds, **words)


def _gap() -> Check:
    pairs = [
        [value(f"priyasad2020-table-{table}-{key}-proposed-accuracy") for table in (2, 1)]
        for key in ("rml", "enterface-05")
    ]
    gaps = [kfold - loso for kfold, loso in pairs]
    listed = "; ".join(f"{kfold} - {loso} = {kfold - loso:.2f}" for kfold, loso in pairs)
    return answer("kfold-loso-gap", listed, None, float(np.mean(gaps)), None)


def _valence() -> Iterator[Check]:
    def printed(stem: str, metric: str) -> float:
        return value(f"lee2018-table-{stem}-{metric}")

    metrics = ("rmse", "cc", "ccc")
    pairs = {m.upper(): (printed("1-2d-cnn", m), printed("2-cnn-1", m)) for m in metrics}
    listed = ", ".join(f"{name} {own:g} and {cited:g}" for name, (own, cited) in pairs.items())
    differ = any(own != cited for own, cited in pairs.values())
    yield answer("lee2018-2d-cnn", listed, None, None, differ)
    for metric in metrics:
        one, two = printed("1-3d-cnn-sta", metric), printed("2-3d-cnn-sta-4-s", metric)
        words = {"key": metric, "metric": metric.upper()}
        yield answer("lee2018-sta-{key}", f"{one:g} and {two:g}", one, two, one == two, **words)
