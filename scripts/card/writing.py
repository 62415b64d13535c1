"""A card: one folder with a training's weights, its settings and what a user must know."""

import shutil
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd
import yaml
from safetensors.torch import save_file

from lib.corpora import catalogue
from lib.evaluation.scores import score_table
from lib.files import write_text, written_folder
from lib.models.lifting import load_checkpoint
from lib.papers.skeletal.extraction import ExtractionStage
from scripts.predict import cards, models
from scripts.predict.body import JOINTS, LIFTER, lifter_of
from scripts.predict.cards import CARD, WEIGHTS, ModelError
from scripts.predict.models import Trained
from scripts.predict.networks import weights
from scripts.predict.uncertainty import calibration

FOLDER = Path(__file__).parent
SHOWN = ["trainings", "metric", "score", "low", "high", "samples"]


def siblings(trained: Trained) -> list[Trained]:
    """Trainings of the same experiment on the same corpus and scheme, beside a run; itself among them."""

    def facts(one: Trained) -> list[Any]:
        settings = {name: own for name, own in one.record["settings"].items() if name != "encoders"}
        names = ("paper", "corpus", "experiment", "code")
        return [settings, one.record["split"]["scheme"], *(one.record[name] for name in names)]

    return [one for one in models.stored(trained.folder.parent) if facts(one) == facts(trained)] or [trained]


def scores(trained: Trained, together: list[Trained]) -> pd.DataFrame:
    """Every score of the training alone and, if there are more, of all of its kind."""
    tables = []
    for what, own in (("this one", [trained]), (f"all {len(together)}", together)):
        try:
            table = score_table(pd.concat([one.predictions() for one in own], ignore_index=True))
        except ValueError:  # one person alone was tested: there is no interval
            continue
        if "row" in table:  # label sets: the label or mAP
            rows = table["row"]
            table["metric"] = rows.where(rows == table["metric"], table["metric"] + " " + rows)
        tables.append(table.assign(trainings=what)[SHOWN])
    shown = tables if len(together) > 1 else tables[:1]
    return pd.concat(shown, ignore_index=True) if shown else pd.DataFrame(columns=SHOWN)


def derived(corpus: str, synthetic: bool) -> tuple[str, str, str]:
    """Title of the data, its licence, and what that says about models trained on it."""
    known = yaml.safe_load((FOLDER / "licences.yaml").read_text(encoding="utf-8"))
    if synthetic:
        return f"synthetic sample in the layout of {corpus}", "CC0-1.0", known["synthetic"].strip()
    named = corpus in catalogue.names()
    title, licence = (
        (catalogue.get(corpus).title, catalogue.get(corpus).licence) if named else (corpus, "own")
    )
    kind = known["corpora"].get(corpus, "unknown")
    return title, licence, known[kind].strip().format(licence=licence)


def require(trained: Trained, folder: Path) -> None:
    """Check that a card of a training can be written into a folder.

    Raises
    ------
    ModelError
        If the training is a card already, or the folder holds other things than a card.
    """
    if trained.is_card:
        raise ModelError(f"{trained.folder} is a card already: copy its folder, or name a run by MODEL")
    if folder.exists() and (not folder.is_dir() or (any(folder.iterdir()) and not (folder / CARD).is_file())):
        raise ModelError(f"{folder} holds other things than a card: give another OUT")


def write(trained: Trained, folder: Path) -> Path:
    """Write the card of a run; an older one in the folder is replaced. ModelError as `require`."""
    require(trained, folder)
    together = siblings(trained)
    state = {name: value.cpu().contiguous() for name, value in weights(trained.network).state_dict().items()}
    folder.parent.mkdir(parents=True, exist_ok=True)
    with written_folder(folder) as own:
        save_file(state, own / WEIGHTS)
        record = trained.record | {
            "calibration": calibration(trained),
            "scores": models.scores(together),
            "run": trained.folder.name,
        }
        lifted = trained.record["features"].get("joints") == JOINTS and "body" in trained.parts
        if lifted:
            settings = ExtractionStage.model_validate(trained.record["features"]["settings"])
            save_file(load_checkpoint(lifter_of(trained, settings)).state_dict(), own / LIFTER)
        record = cards.write(record, own)
        count = sum(value.numel() for value in state.values())
        page = readme(trained, together, record, folder, lifted, count)
        write_text(own / "README.md", page)
        shutil.rmtree(folder, ignore_errors=True)  # an older card
    return folder


def readme(
    trained: Trained, together: list[Trained], record: dict[str, Any], place: Path, lifted: bool, count: int
) -> str:
    """Text of the model card."""
    from scripts.report.pages import markdown_table

    title, licence, terms = derived(record["corpus"], trained.is_synthetic)
    groups = record["groups"]
    told = "Who is in the samples is not known."
    if groups["test"]:
        kind = "pictures" if record["paper"] == "context" else "people"
        told = f"Trained on {groups['train']} {kind}, tested on {groups['test']}"
        told += f", of whom {groups['shared']} are in both." if groups["shared"] else ", none in both."
    limits = record["calibration"]["limits"]
    corpus = record["corpus"]
    known = not trained.is_synthetic and corpus in catalogue.names()
    how = f"How to get them: {catalogue.get(corpus).how_to_get}." if known else ""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    values = record | {
        "about": models.about(together),
        "place": place.as_posix(),
        "parts": " and ".join(trained.parts),
        "names": ", ".join(trained.names),
        "parameters": f"{count:,}",
        "words": len(record.get("fitted", {}).get("tokens", [])),
        "lifter": lifted,
        "title": title,
        "marker": record["features"].get("marker", "unknown data"),
        "how": how,
        "groups": told,
        "scores": markdown_table(scores(trained, together)),
        "never": ", ".join(name for name, limit in limits.items() if limit is None),
        "licence": licence,
        "derived": terms,
        "synthetic": trained.is_synthetic,
    }
    return environment.get_template("card.md.j2").render(values).strip() + "\n"
