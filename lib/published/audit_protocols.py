"""Audit of stated protocols against the public code and data behind them."""

from collections.abc import Iterator

from lib.published.audit import Check, verdict
from lib.published.tables import protocol

OLD, AUDIO_VISUAL = "shi2020-smern", "priyasad2020-audio-visual"


def checks() -> Iterator[Check]:
    """All checks of this module."""
    items = protocol(OLD)
    audio = items["audio features"]
    parts = audio["verified"]
    own = (parts["cepstra"] + parts["log energy"]) * parts["orders"]
    cepstra_only = 13 * parts["orders"]
    yield Check(
        "audio-features", OLD, "Are the 39 audio features 13 cepstra with two derivatives?",
        f"({parts['cepstra']} cepstra + log energy) x {parts['orders']} = {own}; c0 to c12 x 3 = "
        f"{cepstra_only}; stated {audio['stated']}",
        audio["stated"], own, "cannot be decided",
        "Both give 39; the public configuration takes cepstra 1 to 12 and log energy.",
    )  # fmt: skip
    prosody = items["prosodic features"]
    contours, functionals = prosody["verified"]["contours"], prosody["verified"]["functionals"]
    named = prosody["inferred"]["named contours"]
    yield Check(
        "prosodic-features", OLD, "Do the three named contours give 35 prosodic features?",
        f"{named} contours x {functionals} functionals = {named * functionals}; {contours} x "
        f"{functionals} = {contours * functionals}; stated {prosody['stated']}",
        prosody["stated"], named * functionals, verdict(named * functionals == prosody["stated"]),
        "Log F0 and harmonics-to-noise ratio are needed too; the papers do not name them.",
    )  # fmt: skip
    keep = items["dropout of the basic model"]["verified"]
    yield Check(
        "dropout-or-keep", OLD, "Are the basic model's 0.7 and 0.3 dropout probabilities?",
        f"audio: kept {keep['audio keep']}, dropped {1 - keep['audio keep']:.1f}; text: kept "
        f"{keep['text keep']}, dropped {1 - keep['text keep']:.1f}",
        keep["audio keep"], round(1 - keep["audio keep"], 1), "inconsistent",
        "The script's numbers are probabilities of keeping; taken as dropout they are exchanged.",
    )  # fmt: skip
    names = protocol(AUDIO_VISUAL)["eNTERFACE file names"]["verified"]
    yield Check(
        "enterface-05-names", AUDIO_VISUAL, "Does the file name tell the subject of eNTERFACE'05?",
        f"files in the folder of subject {names['folder']} are named s{names['file name']}",
        float(names["folder"]), float(names["file name"]),
        verdict(names["folder"] == names["file name"]),
        "Subjects taken from file names would put one person on both sides of a subject split.",
    )  # fmt: skip
