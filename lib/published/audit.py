"""Audit of the papers' numbers against themselves: priyasad2020, lee2018, vo2022, stated protocols."""

from collections.abc import Iterator
from itertools import product

import numpy as np

from lib.published import audit_skeletal
from lib.published.audit_rivals import CHECKS as RIVALS
from lib.published.audit_rivals import by_label
from lib.published.check import Check, agree, answer
from lib.published.tables import protocol, select, value

PAPER = "priyasad2020-audio-visual"
SAMPLES = "priyasad2020-section-4-{}-samples-count"
CORPORA = {"RML": "rml", "eNTERFACE": "enterface-05"}
SEXES = ("men", "women")
REPEATED = "Doubt/Confusion"
"""Label whose values in the ablation are those of other methods in Table 1."""
ABLATIONS = ["B+P, additive", "B+E, additive", "B+E+P, additive"]


def _protocols() -> Iterator[Check]:
    items = protocol("shi2020-smern")
    stated, parts = items["audio features"]["stated"], items["audio features"]["verified"]
    own = (parts["cepstra"] + parts["log energy"]) * parts["orders"]
    plain = 13 * parts["orders"]
    yield answer("audio-features", stated, own, None, plain=plain, **parts)
    prosody = items["prosodic features"]
    named, stated = prosody["inferred"]["named contours"], prosody["stated"]
    words = {"named": named, **prosody["verified"]}
    words["all"], size = words["contours"] * words["functionals"], named * words["functionals"]
    yield answer("prosodic-features", stated, size, size == stated, **words)
    keep = items["dropout of the basic model"]["verified"]
    listed = "; ".join(
        f"{name}: kept {share}, dropped {1 - share:.1f}"
        for name, share in (("audio", keep["audio keep"]), ("text", keep["text keep"]))
    )
    dropped = round(1 - keep["audio keep"], 1)
    yield answer("dropout-or-keep", keep["audio keep"], dropped, False, listed=listed)
    names = protocol(PAPER)["eNTERFACE file names"]["verified"]
    folder, file = names["folder"], names["file name"]
    yield answer("enterface-05-names", float(folder), float(file), folder == file, **names)


def _smallest_size(shares: list[float], limit: int = 2000) -> int:
    """Smallest number of clips whose rounded shares are the printed percentages of a row.

    ValueError if there is none up to the limit.
    """
    for size in range(1, limit):
        counts = [round(share * size / 100) for share in shares]
        gaps = [abs(share - 100 * n / size) for share, n in zip(shares, counts, strict=True)]
        if sum(counts) == size and max(gaps) <= 0.0051:
            return size
    raise ValueError(f"no row of up to {limit} clips has the shares {shares}")


def _confusion() -> Iterator[Check]:
    table = select(PAPER, "Figure 4")
    recalls = table.query("row == column")["value"].to_list()
    mean = float(np.mean(recalls))
    printed = value("priyasad2020-table-1-rml-proposed-accuracy")
    listed = " + ".join(f"{recall:g}" for recall in recalls)
    yield answer("rml-accuracy-is-uar", printed, mean, agree(printed, mean, 2), recalls=listed)
    sums = table.groupby("row")["value"].sum()
    listed = ", ".join(f"{name} {total:.2f}" for name, total in sums.items())
    whole = bool((sums - 100).abs().max() <= 0.031)
    yield answer("rml-rows", 100.0, float(sums.mean()), whole, sums=listed)
    sizes = table.groupby("row", sort=False)["value"].agg(lambda row: _smallest_size(list(row)))
    listed = ", ".join(f"{name} {size}" for name, size in sizes.items())
    stated = value(SAMPLES.format("rml"))
    yield answer("rml-clips", stated, float(sizes.sum()), None, sizes=listed)
    yield answer("other-confusions", None, None, None)


def _repeated() -> Iterator[Check]:
    """Accuracies of the conclusion, and the people of eNTERFACE'05."""
    ways = {"leave-one-subject-out": 1, "k-fold": 2}
    for (way, table), (name, key) in product(ways.items(), CORPORA.items()):
        printed = value(f"priyasad2020-section-6-{key}-{way}-accuracy")
        exact = value(f"priyasad2020-table-{table}-{key}-proposed-accuracy")
        words = {"key": f"{key}-{way}", "name": f"{name}, {way}", "table": table}
        holds = abs(printed - exact) <= 0.0501
        yield answer("repeated-accuracy-{key}", printed, exact, holds, **words)
    men, women = (value(f"priyasad2020-section-4-enterface-05-{sex}-count") for sex in SEXES)
    stated = value("priyasad2020-section-4-enterface-05-subjects-count")
    holds, words = men + women == stated, {"men": men, "women": women}
    yield answer("enterface-05-people", stated, men + women, holds, **words)


def _files() -> Iterator[Check]:
    disk = protocol(PAPER)["files on disk"]["verified"]
    for name, key in CORPORA.items():
        stated, found = value(SAMPLES.format(key)), float(disk[name])
        yield answer("{key}-files", stated, found, stated == found, key=key, name=name)
    parts, found = protocol(PAPER)["eNTERFACE subjects on disk"]["verified"], disk["eNTERFACE"]
    total = parts["complete"] * parts["clips each"] + parts["subject 23"] + parts["subject 6"]
    yield answer("enterface-05-sum", float(found), float(total), total == found, **parts)


def _times() -> Iterator[Check]:
    items = protocol(PAPER)
    window, frames = items["window_ms"]["stated"], items["context_frames"]["stated"]
    printed, stated = items["segment_ms"]["stated"], items["video_frames"]["stated"]
    hops = {
        "hop of 10 ms": items["hop_ms"]["inferred"],
        "overlap of 10 ms": window - items["overlap_ms"]["stated"],
    }
    spans = {name: (frames - 1) * hop + window for name, hop in hops.items()}
    listed = "; ".join(f"{name}: {length} ms" for name, length in spans.items())
    span = float(spans["overlap of 10 ms"])
    yield answer("segment-length", float(printed), span, span == printed, spans=listed)
    for name, rate in items["frame rates"]["verified"].items():
        shown = printed * rate / 1000
        words = {"key": name.lower(), "name": name, "rate": rate}
        words |= {"stated": stated, "printed": printed}
        yield answer("video-frames-{key}", float(stated), shown, round(shown) == stated, **words)


def _gap() -> Iterator[Check]:
    gaps = {}
    for key in CORPORA.values():
        kfold, loso = (value(f"priyasad2020-table-{n}-{key}-proposed-accuracy") for n in (2, 1))
        gaps[f"{kfold} − {loso} = {kfold - loso:.2f}"] = kfold - loso
    gap = float(np.mean(list(gaps.values())))
    yield answer("kfold-loso-gap", None, gap, None, gaps="; ".join(gaps))


def _valence() -> Iterator[Check]:
    metrics = {"RMSE": "rmse", "CC": "cc", "CCC": "ccc"}
    pairs = {
        name: (value(f"lee2018-table-1-2d-cnn-{key}"), value(f"lee2018-table-2-cnn-1-{key}"))
        for name, key in metrics.items()
    }
    listed = ", ".join(f"{name} {own:g} and {cited:g}" for name, (own, cited) in pairs.items())
    differ = any(own != cited for own, cited in pairs.values())
    yield answer("lee2018-2d-cnn", None, None, differ, pairs=listed)
    for name, key in metrics.items():
        one = value(f"lee2018-table-1-3d-cnn-sta-{key}")
        two = value(f"lee2018-table-2-3d-cnn-sta-4-s-{key}")
        yield answer("lee2018-sta-{key}", one, two, one == two, key=key, metric=name)


def _means() -> Iterator[Check]:
    for exhibit, key in (("Table 1", "table-1"), ("Table 2", "table-2")):
        for column, values in by_label(exhibit).items():
            labels, printed = values.drop("mAP"), float(values["mAP"])
            mean, holds = float(labels.mean()), agree(printed, labels.mean(), 2)
            words = {"exhibit": exhibit, "key": key, "column": column}
            words |= {"labels": len(labels), "sum": labels.sum()}
            yield answer("{key}-map-{column}", printed, mean, holds, **words)


def _repeated_row() -> Iterator[Check]:
    quoted = by_label("Table 1").T.loc[["[7]", "[10]", "[8]"], REPEATED].to_list()
    ablation = by_label("Table 2").T.loc[ABLATIONS, REPEATED].to_list()
    same = quoted == ablation
    yield answer("repeated-row", None, None, not same, quoted=quoted, ablation=ablation)


def _implied() -> Iterator[Check]:
    for column, values in by_label("Table 2")[ABLATIONS].items():
        others = values.drop(["mAP", REPEATED])
        mean, printed = float(values["mAP"]), float(values[REPEATED])
        implied = mean * (len(others) + 1) - float(others.sum())
        words = {"column": column, "mean": mean, "others": others.sum()}
        yield answer("implied-{column}", printed, implied, abs(printed - implied) <= 0.14, **words)


def _fusion() -> Iterator[Check]:
    table = by_label("Table 2")
    attention, additive = table["B+E+P, attention"], table["B+E+P, additive"]
    difference = (attention - additive).drop(["mAP", REPEATED])
    words = {"attention": attention["mAP"], "additive": additive["mAP"]}
    words |= {"mean": difference.mean(), "spread": difference.std(ddof=1)}
    gain = float(attention["mAP"] - additive["mAP"])
    yield answer("attention-gain", None, gain, None, **words)
    lower = list(difference.index[difference < 0])
    words = {"all": len(difference), "lower": ", ".join(lower)}
    yield answer("attention-lower", 0.0, float(len(lower)), not lower, **words)


CHECKS = (
    *audit_skeletal.CHECKS,
    *(_protocols, _confusion, _repeated, _files, _times, _gap, _valence),
    *(_means, _repeated_row, _implied, _fusion),
    *RIVALS,
)


def all_checks() -> list[Check]:
    """Every check, in the order of the papers."""
    return [check for ask in CHECKS for check in ask()]
