"""IEMOCAP's annotation files: the turns of a dialogue with labels, ratings and words."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lib import content
from lib.corpora.catalogue import CorpusError

_EXCITED = {"exc": "happiness"}
LABELS = {"ang": "anger", "hap": "happiness", **_EXCITED, "sad": "sadness", "neu": "neutral"}
"""Class by original label; happy and excited are merged (shi2020 section IV.A)."""

ORIGINAL_LABELS = (*LABELS, "fru", "xxx", "sur", "fea", "oth", "dis")
RELEASE = "IEMOCAP_full_release"

_TURN = re.compile(
    r"\[(?P<start>\d+\.\d+) - (?P<end>\d+\.\d+)\]\t"
    r"(?P<sample_id>(?P<dialogue>Ses0[1-5][FM]_\w+)_(?P<letter>[FM])\d{3})\t"
    r"(?P<label>\w{3})\t"
    r"\[(?P<valence>\d+\.\d+), (?P<activation>\d+\.\d+), (?P<dominance>\d+\.\d+)\]"
)
_TRANSCRIPT = re.compile(r"(Ses0[1-5][FM]_\w+) *\[[^\]]*\]:(.*)")


def dialogues(folder: Path) -> Iterator[Path]:
    """Annotation files in order, without macOS's ._ files; CorpusError if not the full release."""
    release = folder / RELEASE
    sessions = sorted(path for path in release.glob("[Ss]ession*[0-9]*") if path.is_dir())
    odd = [path.name for path in sessions if not re.fullmatch("Session[1-5]", path.name)]
    if odd or not sessions:
        what = f"rename {', '.join(odd)} to" if odd else "no folder"
        raise CorpusError(f"{release}: {what} Session1 to Session5, not the full release")
    for session in sessions:
        annotations = session / "dialog" / "EmoEvaluation"
        if not annotations.is_dir():
            raise CorpusError(f"no folder {annotations}: not the full release")
        yield from sorted(annotations.glob("Ses*.txt"))


def turns(folder: Path, annotation: Path) -> Iterator[dict[str, Any]]:
    """Rows of one dialogue for `lib.corpora.iemocap.read`; CorpusError names a line that is bad."""
    dialogue = annotation.stem
    script = re.search(r"_(script\d+)", dialogue)
    session = annotation.parents[2]
    transcripts = _transcripts(session / "dialog" / "transcriptions" / annotation.name)
    base = session.relative_to(folder)
    alphapose = Path("alphapose", dialogue, "alphapose-results.json")
    for number, line in enumerate(_lines(annotation), start=1):
        if not line.startswith("[") and f"\t{dialogue}_" not in line:
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
            "script": script[1] if script else dialogue,
            **{name: float(turn[name]) for name in ("start", "end")},
            "label_original": label,
            "label": LABELS.get(label),
            **{name: float(turn[name]) for name in ("valence", "activation", "dominance")},
            "transcript": transcripts.get(sample_id) or None,
            "wav": (base / "sentences" / "wav" / dialogue / f"{sample_id}.wav").as_posix(),
            "video": (base / "dialog" / "avi" / "DivX" / f"{dialogue}.avi").as_posix(),
            "alphapose": alphapose.as_posix() if (folder / alphapose).is_file() else None,
        }


def _problem(turn: re.Match[str] | None, dialogue: str, session: str) -> str | None:
    """Problem of a line that should describe a turn, or None."""
    if turn is None:
        return "not of the form [start - end]<TAB>utterance<TAB>label<TAB>[V, A, D]"
    if turn["dialogue"] != dialogue:
        return f"an utterance of {turn['dialogue']} in the file of {dialogue}"
    if dialogue[4] != session[-1]:
        return f"a dialogue of session {dialogue[4]} in the folder of {session}"
    if turn["label"] not in ORIGINAL_LABELS:
        return f"unknown label {turn['label']!r}"
    if not float(turn["start"]) < float(turn["end"]) < 86_400:
        return "the turn ends before it starts, or after a day"
    if max(float(turn[name]) for name in ("valence", "activation", "dominance")) > 6:
        return "a rating is not from 1 to 5"
    return None


def _transcripts(path: Path) -> dict[str, str]:
    """Words by utterance, including turns without a label (..._MXX0); other lines are ignored."""
    if not path.is_file():
        raise CorpusError(f"no transcription {path}: the copy is incomplete")
    matches = (_TRANSCRIPT.fullmatch(line) for line in _lines(path))
    found = {match[1]: match[2].strip() for match in matches if match}
    if odd := [name for name, words in found.items() if "\ufffd" in words]:
        raise CorpusError(f"{path}: the words of {odd[0]} are not UTF-8: save the file as UTF-8")
    return found


def _lines(path: Path) -> list[str]:
    """Lines of a text file; only raters' comments contain bytes that are not UTF-8."""
    if what := content.problem(path):
        raise CorpusError(f"{path} {what}")
    return [line.rstrip() for line in path.read_text("utf-8", errors="replace").split("\n")]
