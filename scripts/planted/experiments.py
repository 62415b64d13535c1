"""Experiments of the papers' stages with what distinguishes them, from the parameters alone."""

from collections.abc import Callable
from typing import Any

from lib import params
from lib.models.registry import modalities
from lib.papers.audiovisual import settings as audiovisual
from lib.papers.context import settings as context
from lib.papers.settings import AblationStage, SchemeStage, TrainingStage
from lib.papers.skeletal import runs
from lib.papers.skeletal import settings as skeletal
from lib.papers.valence import settings as valence
from lib.splits.schemes import keeps_apart

Properties = dict[str, Any]
"""Of an experiment: ``inputs`` (sorted), ``stage``, ``variant`` (what its name says behind the
experiment that it varies) and others that depend on the paper."""
Experiments = dict[str, Properties]


def of(paper: str, corpus: str) -> Experiments:
    """Experiments of a paper's stages 02_training and 03_ablations on a corpus, by name."""
    return _PAPERS[paper](corpus)


def pretrained(paper: str, corpus: str) -> set[str]:
    """Inputs whose network starts from weights that were learnt elsewhere."""
    if paper != "context":
        return set()
    extraction = params.read("context.extraction", context.ExtractionStage, corpus)
    return {name for name, path in extraction.weights.items() if path not in (None, "random")}


def apart(paper: str, corpus: str) -> list[str]:
    """Schemes of a paper's fifth stage under which no speaker is both trained and tested on."""
    blocks = {"skeletal": "cross_speaker", "audiovisual": "cross_subject"}
    schemes = params.block(f"{paper}.{blocks[paper]}", corpus)["schemes"]
    return [scheme for scheme in schemes if keeps_apart(scheme, "speaker")]


def _skeletal(corpus: str) -> Experiments:
    training = params.read("skeletal.training", skeletal.TrainingStage, corpus)
    stage = params.read("skeletal.ablations", skeletal.AblationStage, corpus)
    across = params.read("skeletal.cross_speaker", SchemeStage, corpus)
    tuning = params.read("skeletal.fine_tuning", skeletal.FineTuningStage, corpus)
    found: Experiments = {}

    def add(name: str, model: str, where: str, variant: str = "") -> None:
        own: Properties = {"inputs": sorted(modalities(model)), "stage": where, "variant": variant}
        own |= {"baseline": False, "schemes": name in across.experiments}
        found.setdefault(name, own | {"tuned": name == tuning.experiment})

    for name in training.experiments:
        add(name, training.models[name].model, "02_training")
    for name, (_, model) in runs.points(stage, training).items():
        add(name, model.model, "03_ablations")
    for name, (base, model) in runs.variants(stage, training).items():
        add(name, model.model, "03_ablations", name.removeprefix(f"{base}, "))
    single = {kind for own in found.values() for kind in own["inputs"]}
    for kind in (kind for kind in runs.BASELINES if kind in single):
        own = {"inputs": [kind], "stage": "02_training", "variant": "", "baseline": True}
        schemes = any(found[name]["inputs"] == [kind] for name in across.experiments)
        found[runs.BASELINES[kind]] = own | {"schemes": schemes, "tuned": False}
    unfiltered = {"stage": "03_ablations", "variant": runs.UNFILTERED, "schemes": False}
    forest = runs.BASELINES["skeleton"]
    found[f"{forest}, {runs.UNFILTERED}"] = found[forest] | unfiltered
    return found


def _audiovisual(corpus: str) -> Experiments:
    training = params.read("audiovisual.training", audiovisual.TrainingStage, corpus)
    stage = params.read("audiovisual.ablations", audiovisual.AblationStage, corpus)
    across = params.read("audiovisual.cross_subject", audiovisual.CrossSubjectStage, corpus)
    rows = training.models

    def with_encoders(names: list[str]) -> list[str]:
        return [each for name in names for each in (name, *rows[name].encoders.values())]

    found: Experiments = {}
    for where, names in _listed(training, stage).items():
        for name in with_encoders(names):
            base = next((each for each in rows if name.startswith(f"{each}, ")), None)
            variant = name.removeprefix(f"{base}, ") if base else ""
            modality = rows[name].modality
            own: Properties = {"inputs": ["audio", "video"] if modality == "both" else [modality]}
            own |= {"encoders": list(rows[name].encoders.values()), "variant": variant}
            own |= {"schemes": name in with_encoders(across.experiments), "stage": where}
            found.setdefault(name, own)
    return found


def _listed(training: TrainingStage, ablations: AblationStage) -> dict[str, list[str]]:
    """Names of the experiments that the parameters list, by stage."""
    return {"02_training": training.experiments, "03_ablations": ablations.experiments}


def _context(corpus: str) -> Experiments:
    training = params.read("context.training", context.TrainingStage, corpus)
    stage = params.read("context.ablations", context.AblationStage, corpus)
    found: Experiments = {}
    for where, names in _listed(training, stage).items():
        for name in names:
            model = training.models[name]
            own = {"inputs": sorted(model.streams), "fusion": model.fusion, "stage": where}
            found.setdefault(name, own | {"variant": name.partition(", ")[2]})
    return found


def _valence(corpus: str) -> Experiments:
    training = params.read("valence.training", valence.TrainingStage, corpus)
    stage = params.read("valence.ablations", valence.AblationStage, corpus)
    traces = params.read("valence.traces", valence.TraceStage, corpus)
    rate = params.read("valence.extraction", valence.ExtractionStage, corpus).frame_rate
    found: Experiments = {}
    for where, names in _listed(training, stage).items():
        for name in names:
            model = training.models[name]
            own: Properties = {"inputs": ["face"], "stage": where, "variant": ""}
            own |= model.model_dump(include={"kind", "frames", "attention", "delay"})
            own |= {"seconds": model.frames / rate, "covered": name in traces.covered}
            found.setdefault(name, own | {"map": name == traces.attention})
    return found


_PAPERS: dict[str, Callable[[str], Experiments]] = {
    "skeletal": _skeletal,
    "audiovisual": _audiovisual,
    "context": _context,
    "valence": _valence,
}
