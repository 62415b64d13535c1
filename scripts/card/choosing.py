"""The training that MODEL names: by the folder of its run, or by the name of its experiment."""

from pathlib import Path

from scripts.predict.models import ModelError, Trained, load, stored

EXAMPLE = "make card MODEL=runs/<key>, or an experiment such as MODEL=ARE"


def named(name: str) -> Trained:
    """A training by the folder of its run, or by its experiment: ``ARE`` or, on one corpus, ``ARE@iemocap``.

    Of an experiment's trainings, the first one of a scheme without shared people, else of any, is taken.

    Raises
    ------
    ModelError
        If there is no such folder and experiment, the folder holds no network, or an experiment of this name
        is there on several corpora or in several papers.
    """
    if not name.strip():
        raise ModelError(f"MODEL is empty: name the folder of a run ({EXAMPLE})")
    if "/" in name or Path(name).exists():
        return load(name)
    experiment, _, corpus = name.partition("@")
    known = stored()
    found = [one for one in known if one.record["experiment"] == experiment]
    found = [one for one in found if corpus in ("", one.record["corpus"])]
    if not found:
        there = ", ".join(sorted({str(one.record["experiment"]) for one in known})) or "none: make repro"
        raise ModelError(f"MODEL={name}: there is no such folder, and no such experiment in runs/ ({there})")
    places = {(one.record["paper"], one.record["corpus"]) for one in found}
    if len(places) > 1:
        words = ", ".join(f"{experiment}@{own} ({paper})" for paper, own in sorted(places))
        raise ModelError(f"MODEL={name} is an experiment of several: {words}: name one, or a folder of a run")
    return min(found, key=_order)


def _order(one: Trained) -> tuple[bool, str, int, int, str]:
    split = one.record["split"]
    shares = bool(one.record["groups"]["shared"])
    return shares, split["scheme"], split["repeat"], split["fold"], one.folder.name
