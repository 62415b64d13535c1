"""IEMOCAP, full release: sample table of all 10,039 labelled utterances.

Busso et al. (2008), "IEMOCAP: interactive emotional dyadic motion capture database". The layout
is that of the release; DATASETS.md shows it.
"""

from collections.abc import Collection
from pathlib import Path

import pandas as pd

from lib.corpora import catalogue, checks
from lib.corpora.catalogue import CorpusError
from lib.corpora.iemocap_annotations import ORIGINAL_LABELS, RELEASE, dialogues, turns

CLASSES = catalogue.get("iemocap").classes
EXPECTED_AFTER_EXCLUSION = {"anger": 1102, "happiness": 1606, "sadness": 1081, "neutral": 1703}
"""Utterances whose actor is in the picture (shi2020, shi2021: section IV.A)."""


def read(folder: Path, swap_sides: Collection[str] = ()) -> pd.DataFrame:
    """Sample table of a copy of IEMOCAP.

    Parameters
    ----------
    folder : Path
        Contains ``IEMOCAP_full_release`` and, after AlphaPose has run, ``alphapose``.
    swap_sides : collection of str
        Dialogues ("Ses01F_impro01"), recordings with one marked actor ("Ses01F") or sessions ("Ses01") in
        which actors sit contrary to the rule: the actor who wears the markers, whose letter is in the
        dialogue's name (Ses01F: the actress), sits in the left half of the picture. It comes from public
        pre-processing code, not from the release's documentation.

    Returns
    -------
    DataFrame
        One row per labelled utterance, in the order of sessions, dialogues and turns: sample_id,
        dialogue, session (1 to 5), speaker ("Ses01F": session and speaker's sex), scripted, script
        (which all sessions share, else the dialogue), start and end (seconds in the dialogue),
        label_original, label (one of `CLASSES`, missing for other emotions), valence, activation
        and dominance (means of the raters, 1 to 5), transcript, wav, video and alphapose (paths in
        `folder`; missing without a result), side ("left" or "right"), cluster (the dialogue).

    Raises
    ------
    CorpusError
        If the layout differs, a line of an annotation does not parse, an utterance occurs twice,
        or videos or utterances' wav files are missing.
    ValueError
        If an entry of `swap_sides` matches no dialogue.
    """
    rows = [row for dialogue in dialogues(folder) for row in turns(folder, dialogue)]
    none = "no annotated utterance in dialog/EmoEvaluation"
    table = checks.sample_table(rows, folder / RELEASE, none)
    checks.require_files(folder, table["video"].unique(), "videos (dialog/avi/DivX)")
    checks.require_files(folder, table["wav"], "utterances' wav files (sentences/wav)")
    table["side"] = _sides(table, swap_sides)
    table["cluster"] = table["dialogue"]
    return table


def counts(table: pd.DataFrame) -> dict[str, int]:
    """Numbers of dialogues and utterances in a table from `read`, by label, class and files."""
    return {
        "dialogues": table["dialogue"].nunique(),
        "utterances": len(table),
        **checks.tally(table["label_original"], ORIGINAL_LABELS),
        **checks.tally(table["label"], CLASSES),
        "four classes": int(table["label"].notna().sum()),
        "with transcript": int(table["transcript"].notna().sum()),
        "dialogues with alphapose": table.loc[table["alphapose"].notna(), "dialogue"].nunique(),
    }


def check(folder: Path, strict: bool | None = None) -> dict[str, int]:
    """Counts of a copy; a complete one has 10,039 utterances, 5,531 of them in the four classes."""
    return checks.published("iemocap", counts(read(folder)), folder, strict)


def check_after_exclusion(table: pd.DataFrame, kind: catalogue.Kind) -> pd.DataFrame:
    """Compare class counts after exclusion with those of shi2021.

    The authors do not say which 39 utterances they excluded, so small differences are shown and do not
    stop a run. The result has a row of `lib.corpora.checks.differences` for each class and for the total;
    expected counts and differences are missing for a synthetic copy.

    Parameters
    ----------
    table : DataFrame
        Utterances kept by extraction; rows without a class are not counted.

    Raises
    ------
    CorpusError
        If a class has no utterance left, or a licensed copy has more than the release.
    """
    found = checks.tally(table["label"], CLASSES)
    if gone := [label for label, number in found.items() if number == 0]:
        raise CorpusError(f"IEMOCAP: no utterance of {', '.join(gone)} is left after extraction")
    comparison = checks.differences(
        found | {"total": sum(found.values())},
        EXPECTED_AFTER_EXCLUSION | {"total": sum(EXPECTED_AFTER_EXCLUSION.values())},
    )
    if kind == "synthetic":
        return comparison.assign(expected=None, difference=None).astype("Int64")
    before = catalogue.get("iemocap").expected
    if grown := [label for label in CLASSES if found[label] > before[label]]:
        raise CorpusError(
            f"IEMOCAP: more utterances of {', '.join(grown)} after extraction than in the release"
            f"\n{comparison.to_string()}"
        )
    return comparison


def _sides(table: pd.DataFrame, swap_sides: Collection[str]) -> list[str]:
    """Half of the picture that shows the speaker of each utterance."""
    names = {name: {name, name[:5], name[:6]} for name in table["dialogue"].unique()}
    unknown = sorted(set(swap_sides).difference(*names.values()))
    if unknown:
        raise ValueError(f"swap_sides: no dialogue, recording or session {', '.join(unknown)}")
    swapped = {dialogue for dialogue, own in names.items() if not own.isdisjoint(swap_sides)}
    return [
        "left" if (speaker[5] == dialogue[5]) != (dialogue in swapped) else "right"
        for speaker, dialogue in zip(table["speaker"], table["dialogue"], strict=True)
    ]
