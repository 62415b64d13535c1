"""Audit of stated protocols against the public code and data behind them."""

from collections.abc import Iterator

from lib.published.check import Check, answer
from lib.published.tables import protocol


def checks() -> Iterator[Check]:
    """All checks of this module."""
    items = protocol("shi2020-smern")
    audio = items["audio features"]
    parts = audio["verified"]
    own = (parts["cepstra"] + parts["log energy"]) * parts["orders"]
    arithmetic = (
        f"({parts['cepstra']} cepstra + log energy) x {parts['orders']} = {own}; "
        f"c0 to c12 x 3 = {13 * parts['orders']}; stated {audio['stated']}"
    )
    yield answer("audio-features", arithmetic, audio["stated"], own, None)
    prosody = items["prosodic features"]
    contours, functionals = prosody["verified"]["contours"], prosody["verified"]["functionals"]
    named, stated = prosody["inferred"]["named contours"], prosody["stated"]
    size = named * functionals
    arithmetic = (
        f"{named} contours x {functionals} functionals = {size}; {contours} x {functionals} = "
        f"{contours * functionals}; stated {stated}"
    )
    yield answer("prosodic-features", arithmetic, stated, size, size == stated)
    keep = items["dropout of the basic model"]["verified"]
    dropped = {name: 1 - keep[f"{name} keep"] for name in ("audio", "text")}
    listed = [
        f"{name}: kept {keep[f'{name} keep']}, dropped {share:.1f}"
        for name, share in dropped.items()
    ]
    kept, lost = keep["audio keep"], round(dropped["audio"], 1)
    yield answer("dropout-or-keep", "; ".join(listed), kept, lost, False)
    names = protocol("priyasad2020-audio-visual")["eNTERFACE file names"]["verified"]
    folder, file = names["folder"], names["file name"]
    arithmetic = f"files in the folder of subject {folder} are named s{file}"
    yield answer("enterface-05-names", arithmetic, float(folder), float(file), folder == file)
