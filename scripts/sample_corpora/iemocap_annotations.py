"""Annotation and transcription files of the IEMOCAP sample, in the release's syntax."""

from pathlib import Path

import numpy as np

from scripts.sample_corpora.randomness import stream
from scripts.sample_corpora.turns import Dialogue, Turn

_NAMES = {
    name[:3].lower(): name
    for name in "Anger Happiness Excited Sadness Neutral Frustration Surprise Fear".split()
}
_REMARKS = ("()", "()", "()", "()", "(curious)", "(calm; polite)", "(tired)")
_MAC = b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X        "
"""Start of the ._ files that macOS leaves on foreign disks."""


def write(dialog: Path, dialogue: Dialogue, seed: int) -> None:
    """Write what the raters and transcribers of one dialogue left.

    Parameters
    ----------
    dialog : Path
        Folder ``Session<n>/dialog``.
    dialogue : Dialogue
    seed : int
    """
    generator = stream(seed, "raters", dialogue.name)
    votes = {turn.name: _votes(turn, generator) for turn in dialogue.turns}
    evaluation = dialog / "EmoEvaluation"
    blocks = [_evaluation(turn, votes[turn.name], generator) for turn in dialogue.turns]
    text = "% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]\n\n" + "".join(blocks)
    _write(evaluation / f"{dialogue.name}.txt", text)
    for number, rater in enumerate(("e2", "e3")):
        categories = [f"{turn.name} :{votes[turn.name][number]}; :()\n" for turn in dialogue.turns]
        _write(evaluation / "Categorical" / f"{dialogue.name}_{rater}_cat.txt", "".join(categories))
        attributes = []
        for turn in dialogue.turns:
            valence, activation, dominance = turn.affect[number]
            attributes.append(f"{turn.name} :act {activation}; :val {valence}; :dom {dominance}; :()\n")
        _write(evaluation / "Attribute" / f"{dialogue.name}_{rater}_atr.txt", "".join(attributes))
    for speaker in dialogue.speakers:
        own = [
            f"{turn.name} :{votes[turn.name][-1]}; :()\n"
            for turn in dialogue.turns
            if turn.speaker == speaker
        ]
        name = f"{dialogue.name}_{speaker[-1].lower()}1_cat.txt"
        _write(evaluation / "Self-evaluation" / name, "".join(own))
    _write(dialog / "transcriptions" / f"{dialogue.name}.txt", _transcription(dialogue, generator))
    if dialogue.name.endswith("F_impro01"):
        (evaluation / f"._{dialogue.name}.txt").write_bytes(_MAC)


def _votes(turn: Turn, generator: np.random.Generator) -> list[str]:
    """Categories that three raters and the speaker chose; no majority for "xxx"."""
    if turn.label == "xxx":
        return [str(name) for name in generator.permutation(list(_NAMES.values()))[:4]]
    others = [name for label, name in _NAMES.items() if label != turn.label]
    votes = [_NAMES[turn.label]] * 4
    if generator.random() < 0.4:
        votes[int(generator.integers(4))] = str(generator.choice(others))
    return votes


def _evaluation(turn: Turn, votes: list[str], generator: np.random.Generator) -> str:
    means = np.mean(turn.affect, axis=0)
    affect = ", ".join(f"{value:.4f}" for value in means)
    lines = [f"[{turn.start:.4f} - {turn.end:.4f}]\t{turn.name}\t{turn.label}\t[{affect}]"]
    raters = ("E2", "E3", "E4", f"{turn.speaker[-1]}1")
    for rater, vote in zip(raters, votes, strict=True):
        lines.append(f"C-{rater}:\t{vote};\t{generator.choice(_REMARKS)}")
    for rater, (valence, activation, dominance) in zip(("E3", "E4"), turn.affect, strict=True):
        lines.append(f"A-{rater}:\tval {valence}; act {activation}; dom  {dominance};\t()")
    own = turn.affect[int(generator.integers(2))]
    lines.append(f"A-{raters[-1]}:\tval {own[0]}; act {own[1]}; dom  {own[2]};\t()")
    return "\n".join(lines) + "\n\n"


def _transcription(dialogue: Dialogue, generator: np.random.Generator) -> str:
    lines = [f"{turn.name} [{turn.start:08.4f}-{turn.end:08.4f}]: {turn.words}" for turn in dialogue.turns]
    second = dialogue.speakers[1][-1]
    place = int(generator.integers(1, len(lines)))
    turn = dialogue.turns[place - 1]
    stray = f"{dialogue.name}_{second}XX0 [{turn.end - 0.1:08.4f}-{turn.end:08.4f}]: Mm-hm."
    lines[place:place] = [stray, f"{second}: Yeah."]
    return "\n".join(lines) + "\n"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
