"""IEMOCAP, full release: sample table of all 10,039 labelled utterances.

Busso et al. (2008), "IEMOCAP: interactive emotional dyadic motion capture database". The layout
is that of the release; DATASETS.md shows it.
"""

import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from lib.corpora import catalog, checks, provenance
from lib.corpora.catalog import CorpusError

CLASSES = ("anger", "happiness", "sadness", "neutral")
LABELS = {
    "ang": "anger",
    "hap": "happiness",
    "exc": "happiness",
    "sad": "sadness",
    "neu": "neutral",
}
"""Original label to class; happy and excited are merged (shi2020 section IV.A)."""

ORIGINAL_LABELS = ("ang", "hap", "exc", "sad", "neu", "fru", "xxx", "sur", "fea", "oth", "dis")
EXPECTED_AFTER_EXCLUSION = {"anger": 1102, "happiness": 1606, "sadness": 1081, "neutral": 1703}
"""Utterances whose actor is in the picture (shi2020, shi2021: section IV.A)."""

RELEASE = "IEMOCAP_full_release"

_TURN = re.compile(
    r"\[(?P<start>\d+\.\d+) - (?P<end>\d+\.\d+)\]\t"
    r"(?P<sample_id>(?P<dialogue>Ses0[1-5][FM]_\w+)_(?P<letter>[FM])\d{3})\t"
    r"(?P<label>\w{3})\t"
    r"\[(?P<valence>\d+\.\d+), (?P<activation>\d+\.\d+), (?P<dominance>\d+\.\d+)\]"
)
_TRANSCRIPT = re.compile(r"(Ses0[1-5][FM]_\w+) \[[^\]]*\]:(.*)")


def read(folder: Path, swap_sides: Collection[str] = ()) -> pd.DataFrame:
    """Sample table of a copy of IEMOCAP.

    Parameters
    ----------
    folder : Path
        Folder that holds ``IEMOCAP_full_release`` and, once AlphaPose has run, ``alphapose``.
    swap_sides : collection of str
        Dialogues ("Ses01F_impro01"), recordings with one marked actor ("Ses01F") or sessions
        ("Ses01") in which the two actors sit the other way round than the rule below says.

    Returns
    -------
    DataFrame
        One row a labelled utterance, in the order of sessions, dialogues and turns: sample_id,
        dialogue, session (1 to 5), speaker ("Ses01F": session and speaker's sex), scripted, script
        (the script that scripted dialogues of all sessions share, else the dialogue), start and end
        (seconds from the start of the dialogue), label_original, label (one of `CLASSES`,
        missing for other emotions), valence, activation and dominance (means of the raters, 1 to
        5), transcript, wav, video and alphapose (paths relative to `folder`; alphapose is missing
        where there is no result), side ("left" or "right" half of the picture), cluster (the
        dialogue).

    Raises
    ------
    CorpusError
        If the layout is another one, a line of an annotation does not parse, an utterance comes
        twice, or videos or utterances' wav files are missing.
    ValueError
        If an entry of `swap_sides` matches no dialogue.

    Notes
    -----
    The actor who wears the markers is the one whose letter the dialogue bears (Ses01F: the
    actress) and sits in the left half of the picture, the other in the right half. That rule comes
    from public pre-processing code, not from the release's documentation.
    """
    rows = [row for dialogue in _dialogues(folder) for row in _turns(folder, dialogue)]
    if not rows:
        raise CorpusError(f"{folder / RELEASE}: no annotated utterance in dialog/EmoEvaluation")
    table = pd.DataFrame(rows)
    doubled = table.loc[table["sample_id"].duplicated(), "sample_id"].tolist()
    if doubled:
        raise CorpusError(f"{folder}: {len(doubled)} utterances come twice, first {doubled[0]}")
    checks.require_files(folder, table["video"].unique(), "videos (dialog/avi/DivX)")
    checks.require_files(folder, table["wav"], "utterances' wav files (sentences/wav)")
    table["side"] = _sides(table, swap_sides)
    table["cluster"] = table["dialogue"]
    return table


def counts(table: pd.DataFrame) -> dict[str, int]:
    """Dialogues, utterances, utterances by original label, by class, and with AlphaPose results.

    Parameters
    ----------
    table : DataFrame
        What `read` returns.
    """
    original = table["label_original"].value_counts()
    merged = table["label"].value_counts()
    return {
        "dialogues": table["dialogue"].nunique(),
        "utterances": len(table),
        **{label: int(original.get(label, 0)) for label in ORIGINAL_LABELS},
        **{label: int(merged.get(label, 0)) for label in CLASSES},
        "four classes": int(merged.sum()),
        "with transcript": int(table["transcript"].notna().sum()),
        "dialogues with alphapose": table.loc[table["alphapose"].notna(), "dialogue"].nunique(),
    }


def check(folder: Path, strict: bool | None = None) -> dict[str, int]:
    """Counts of a copy, compared with those of the release.

    A complete copy has 10,039 labelled utterances, 5,531 of them in the four classes.

    Parameters
    ----------
    folder : Path
        As in `read`.
    strict : bool, optional
        Whether the release's counts must hold; by default unless the copy is synthetic.

    Raises
    ------
    CorpusError
        As in `read`, and with a table of what differs if counts must hold and do not.
    """
    found = counts(read(folder))
    if provenance.is_real(folder, strict):
        checks.require_counts(found, catalog.get("iemocap").expected, str(folder))
    return found


def check_after_exclusion(table: pd.DataFrame, kind: catalog.Kind) -> pd.DataFrame:
    """Compare the classes with shi2021's after dropping utterances without their actor.

    Which 39 utterances the authors dropped is not published, so small differences are to be shown,
    not to stop a run.

    Parameters
    ----------
    table : DataFrame
        The utterances that are left after extraction; rows without a class are not counted.
    kind : {"synthetic", "open", "licensed"}
        From the copy's provenance.

    Returns
    -------
    DataFrame
        Columns expected, found, difference; a row each class and the total. Expected and
        difference are missing for a synthetic copy, whose counts are its own.

    Raises
    ------
    CorpusError
        If a class has no utterance left, or a licensed copy has more than it had before.
    """
    labels = table["label"].value_counts()
    found = {label: int(labels.get(label, 0)) for label in CLASSES}
    gone = [label for label, number in found.items() if number == 0]
    if gone:
        raise CorpusError(f"IEMOCAP: no utterance of {', '.join(gone)} is left after extraction")
    comparison = checks.differences(
        found | {"total": sum(found.values())},
        EXPECTED_AFTER_EXCLUSION | {"total": sum(EXPECTED_AFTER_EXCLUSION.values())},
    )
    if kind == "synthetic":
        comparison = comparison.astype("Int64")
        comparison[["expected", "difference"]] = pd.NA
        return comparison
    before = catalog.get("iemocap").expected
    grown = [label for label in CLASSES if found[label] > before[label]]
    if grown:
        raise CorpusError(
            f"IEMOCAP: more utterances of {', '.join(grown)} after extraction than in the release"
            f"\n{comparison.to_string()}"
        )
    return comparison


def _dialogues(folder: Path) -> Iterator[Path]:
    """Annotation files of the dialogues, in order, without sub-folders and macOS's ._ files."""
    release = folder / RELEASE
    sessions = sorted(path for path in release.glob("Session[1-5]") if path.is_dir())
    if not sessions:
        raise CorpusError(f"{release}: no folder Session1 to Session5, not the full release")
    for session in sessions:
        annotations = session / "dialog" / "EmoEvaluation"
        if not annotations.is_dir():
            raise CorpusError(f"no folder {annotations}: not the full release")
        yield from sorted(annotations.glob("Ses*.txt"))


def _turns(folder: Path, annotation: Path) -> Iterator[dict[str, Any]]:
    """Rows of one dialogue."""
    dialogue = annotation.stem
    session = annotation.parents[2]
    transcripts = _transcripts(session / "dialog" / "transcriptions" / annotation.name)
    base = session.relative_to(folder)
    alphapose = Path("alphapose", dialogue, "alphapose-results.json")
    for number, line in enumerate(_lines(annotation), start=1):
        if not line.startswith("["):
            continue
        turn = _TURN.fullmatch(line)
        problem = _problem(turn, dialogue, session.name)
        if turn is None or problem:
            raise CorpusError(f"{annotation}, line {number}: {problem}: {line!r}")
        sample_id, label = turn["sample_id"], turn["label"]
        yield {
            "sample_id": sample_id,
            "dialogue": dialogue,
            "session": int(session.name[-1]),
            "speaker": dialogue[:5] + turn["letter"],
            "scripted": "_script" in dialogue,
            "script": _script(dialogue),
            "start": float(turn["start"]),
            "end": float(turn["end"]),
            "label_original": label,
            "label": LABELS.get(label),
            "valence": float(turn["valence"]),
            "activation": float(turn["activation"]),
            "dominance": float(turn["dominance"]),
            "transcript": transcripts.get(sample_id),
            "wav": (base / "sentences" / "wav" / dialogue / f"{sample_id}.wav").as_posix(),
            "video": (base / "dialog" / "avi" / "DivX" / f"{dialogue}.avi").as_posix(),
            "alphapose": alphapose.as_posix() if (folder / alphapose).is_file() else None,
        }


def _problem(turn: re.Match[str] | None, dialogue: str, session: str) -> str | None:
    """What is wrong with a line that should describe a turn."""
    if turn is None:
        return "does not read [start - end]<TAB>utterance<TAB>label<TAB>[V, A, D]"
    if turn["dialogue"] != dialogue:
        return f"an utterance of {turn['dialogue']} in the file of {dialogue}"
    if dialogue[4] != session[-1]:
        return f"a dialogue of session {dialogue[4]} in the folder of {session}"
    if turn["label"] not in ORIGINAL_LABELS:
        return f"unknown label {turn['label']!r}"
    if float(turn["end"]) <= float(turn["start"]):
        return "the turn ends before it starts"
    return None


def _transcripts(path: Path) -> dict[str, str]:
    """Words by utterance; stray lines and turns without a label (..._MXX0) are not looked up."""
    if not path.is_file():
        raise CorpusError(f"no transcription {path}: the copy is incomplete")
    matches = (_TRANSCRIPT.fullmatch(line) for line in _lines(path))
    return {match[1]: match[2].strip() for match in matches if match}


def _lines(path: Path) -> list[str]:
    """Lines of a text file; bytes that are not UTF-8 occur in raters' comments only."""
    return [line.rstrip() for line in path.read_text("utf-8", errors="replace").split("\n")]


def _sides(table: pd.DataFrame, swap_sides: Collection[str]) -> list[str]:
    """Half of the picture that shows the speaker, by utterance."""
    dialogues = table["dialogue"].unique()
    known = {name for dialogue in dialogues for name in (dialogue, dialogue[:5], dialogue[:6])}
    unknown = sorted(set(swap_sides) - known)
    if unknown:
        raise ValueError(f"swap_sides: {', '.join(unknown)} is no dialogue, recording or session")
    swapped = {
        dialogue
        for dialogue in dialogues
        if not {dialogue, dialogue[:5], dialogue[:6]}.isdisjoint(swap_sides)
    }
    return [
        "left" if (speaker[5] == dialogue[5]) != (dialogue in swapped) else "right"
        for speaker, dialogue in zip(table["speaker"], table["dialogue"], strict=True)
    ]


def _script(dialogue: str) -> str:
    found = re.search(r"_(script\d+)", dialogue)
    return found[1] if found else dialogue
