"""Audit of stated protocols against public code and data, and of priyasad2020 and lee2018."""

from collections.abc import Iterator

import numpy as np

from lib.published.check import Check, agree, answer
from lib.published.tables import protocol, select, value

PAPER = "priyasad2020-audio-visual"
SAMPLES = "priyasad2020-section-4-{}-samples-count"


def checks() -> Iterator[Check]:
    """All checks of this module."""
    yield from _protocols()
    yield from _confusion()
    yield from _files()
    yield from _times()
    yield _gap()
    yield from _valence()


def _protocols() -> Iterator[Check]:
    items = protocol("shi2020-smern")
    stated, parts = items["audio features"]["stated"], items["audio features"]["verified"]
    own = (parts["cepstra"] + parts["log energy"]) * parts["orders"]
    words = {"cepstra": parts["cepstra"], "orders": parts["orders"], "plain": 13 * parts["orders"]}
    yield answer("audio-features", stated, own, None, **words)
    prosody = items["prosodic features"]
    contours, functionals = prosody["verified"]["contours"], prosody["verified"]["functionals"]
    named, stated = prosody["inferred"]["named contours"], prosody["stated"]
    words = {"named": named, "functionals": functionals, "contours": contours}
    size, words["all"] = named * functionals, contours * functionals
    yield answer("prosodic-features", stated, size, size == stated, **words)
    keep = items["dropout of the basic model"]["verified"]
    kept = {name: keep[f"{name} keep"] for name in ("audio", "text")}
    listed = "; ".join(f"{k}: kept {share}, dropped {1 - share:.1f}" for k, share in kept.items())
    dropped = round(1 - kept["audio"], 1)
    yield answer("dropout-or-keep", kept["audio"], dropped, False, listed=listed)
    names = protocol(PAPER)["eNTERFACE file names"]["verified"]
    folder, file = names["folder"], names["file name"]
    words = {"folder": folder, "file": file}
    yield answer("enterface-05-names", float(folder), float(file), folder == file, **words)


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
    yield answer("rml-accuracy-is-uar", printed, mean, agree(printed, mean, 2), recalls=listed)
    sums = table.groupby("row")["value"].sum()
    whole = float((sums - 100).abs().max()) <= 0.031
    listed = ", ".join(f"{name!s} {total:.2f}" for name, total in sums.items())
    yield answer("rml-rows", 100.0, float(sums.mean()), whole, sums=listed)
    rows = table.groupby("row", sort=False)["value"]
    sizes = {str(row): smallest_size(shares.to_list()) for row, shares in rows}
    listed = ", ".join(f"{row} {size}" for row, size in sizes.items())
    stated, total = value(SAMPLES.format("rml")), float(sum(sizes.values()))
    yield answer("rml-clips", stated, total, None, sizes=listed)
    yield answer("other-confusions", None, None, None)


def _files() -> Iterator[Check]:
    disk = protocol(PAPER)["files on disk"]["verified"]
    for name, key in (("RML", "rml"), ("eNTERFACE", "enterface-05")):
        stated, found = value(SAMPLES.format(key)), float(disk[name])
        yield answer("{key}-files", stated, found, stated == found, key=key, name=name)
    parts = protocol(PAPER)["eNTERFACE subjects on disk"]["verified"]
    words = {"complete": parts["complete"], "each": parts["clips each"]}
    words |= {"third": parts["subject 23"], "sixth": parts["subject 6"]}
    total = words["complete"] * words["each"] + words["third"] + words["sixth"]
    found = float(disk["eNTERFACE"])
    yield answer("enterface-05-sum", found, float(total), total == found, **words)


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
    yield answer("segment-length", float(printed), span, span == printed, spans=listed)
    for name, rate in items["frame rates"]["verified"].items():
        shown = printed * rate / 1000
        words = {"key": name.lower(), "name": name, "rate": rate}
        words |= {"stated": stated, "printed": printed}
        yield answer("video-frames-{key}", float(stated), shown, round(shown) == stated, **words)


def _gap() -> Check:
    pairs = [
        [value(f"priyasad2020-table-{table}-{key}-proposed-accuracy") for table in (2, 1)]
        for key in ("rml", "enterface-05")
    ]
    gap = float(np.mean([kfold - loso for kfold, loso in pairs]))
    listed = "; ".join(f"{kfold} - {loso} = {kfold - loso:.2f}" for kfold, loso in pairs)
    return answer("kfold-loso-gap", None, gap, None, gaps=listed)


def _valence() -> Iterator[Check]:
    def printed(stem: str, metric: str) -> float:
        return value(f"lee2018-table-{stem}-{metric}")

    metrics = ("rmse", "cc", "ccc")
    pairs = {m.upper(): (printed("1-2d-cnn", m), printed("2-cnn-1", m)) for m in metrics}
    listed = ", ".join(f"{name} {own:g} and {cited:g}" for name, (own, cited) in pairs.items())
    differ = any(own != cited for own, cited in pairs.values())
    yield answer("lee2018-2d-cnn", None, None, differ, pairs=listed)
    for metric in metrics:
        one, two = printed("1-3d-cnn-sta", metric), printed("2-3d-cnn-sta-4-s", metric)
        words = {"key": metric, "metric": metric.upper()}
        yield answer("lee2018-sta-{key}", one, two, one == two, **words)
