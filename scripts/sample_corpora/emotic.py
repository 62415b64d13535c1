"""The EMOTIC sample: generated scenes with people, in the layout of the release."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from lib.corpora import emotic
from lib.corpora.provenance import Provenance
from lib.settings import Settings
from scripts.sample_corpora import emotic_weights, scenes
from scripts.sample_corpora.description import describe, require_empty
from scripts.sample_corpora.effects import Planted
from scripts.sample_corpora.emotic_weights import Pretraining
from scripts.sample_corpora.randomness import stream

IMAGES, SEED = {"train": 420, "val": 90, "test": 220}, 2017
PRETRAINING = Pretraining()
FOLDERS = ("mscoco", "framesdb", "emodb_small", "ade20k")


class Quirks(Settings):
    """Shares of what real data do to a reader."""

    grey: float
    beyond: float
    unrated: float


class Effects(Planted):
    """What is planted; see ``emotic.yaml``."""

    SHIPPED: ClassVar[str] = "emotic.yaml"
    COPY: ClassVar[str] = "effects.yaml"

    claim: str
    gist: float
    body: float
    place: float
    noise: float
    turned_away: float
    prevalence: dict[str, float]
    quirks: Quirks


@dataclass(frozen=True)
class Person:
    """A person in a scene, with the labels that the person gets."""

    figure: scenes.Figure
    box: tuple[int, int, int, int]
    categories: list[str]
    rated: tuple[float, float, float]


def write(
    folder: Path,
    seed: int = SEED,
    share: float = 1.0,
    pretraining: Pretraining | None = PRETRAINING,
    effects: Effects | None = None,
) -> Provenance:
    """Write the sample; the same arguments give the same bytes.

    Parameters
    ----------
    folder : Path
        Must not exist, or be empty.
    seed : int
    share : float
        Share of each part's pictures that is drawn.
    pretraining : Pretraining, optional
        How the place and gist streams' first weights are learnt; None to write none. They are
        byte-identical on processors with the same instructions only.
    effects : Effects, optional
        What to plant; by default `emotic.yaml`.

    Raises
    ------
    FileExistsError
        If the folder holds something.
    """
    require_empty(folder)
    effects = effects or Effects.load()
    content = {
        part: [
            _picture(folder, part, number, seed, effects) for number in range(max(2, round(share * images)))
        ]
        for part, images in IMAGES.items()
    }
    annotations = folder / "Annotations" / "Annotations.mat"
    annotations.parent.mkdir(parents=True)
    annotations.write_bytes(_mat(content))
    effects.write(folder)
    if pretraining is not None:
        emotic_weights.write(folder / emotic_weights.FOLDER, pretraining)
    what = "drawn scenes in the layout of the release; not EMOTIC"
    return describe(folder, "emotic", seed, what, emotic.check(folder, strict=False), effects)


def directions(name: str, size: int) -> NDArray[np.float64]:
    """Direction in a part's space that speaks for each label, (labels, size), rows of length 1.

    The same for every seed of the corpus.
    """
    drawn = stream(0, "direction", name).normal(0, 1, (len(emotic.LABELS), size))
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


def _thresholds(effects: Effects) -> NDArray[np.float64]:
    from scipy.stats import norm

    spread = np.sqrt(effects.gist**2 + effects.body**2 + effects.place**2 + effects.noise**2)
    shares = [effects.prevalence[label] for label in emotic.LABELS]
    return norm.isf(shares) * spread


def centred(scene: scenes.Scene) -> NDArray[np.float64]:
    """Kind of place as numbers of mean 0 and mean square 1 over kinds, (kinds,)."""
    place = np.array([kind == scene.place for kind in scenes.PLACES], float)
    return (place - 1 / len(place)) / np.sqrt((1 - 1 / len(place)) / len(place))


def labels_of(
    scene: scenes.Scene, body: NDArray[np.float64], effects: Effects, noise: NDArray[np.float64]
) -> list[str]:
    place = centred(scene)
    score = (
        effects.gist * directions("gist", 3) @ scene.mood
        + effects.body * directions("body", 2) @ body
        + effects.place * directions("place", len(place)) @ place
        + effects.noise * noise
    )
    given = score > _thresholds(effects)
    if not given.any():  # everyone has a category
        given[int(np.argmax(score - _thresholds(effects)))] = True
    return [label for label, has in zip(emotic.LABELS, given, strict=True) if has]


def _picture(folder: Path, part: str, number: int, seed: int, effects: Effects) -> dict[str, Any]:
    generator = stream(seed, part, str(number))
    scene = scenes.draw_scene(generator)
    persons = []
    for place in scenes.positions(int(generator.choice([1, 1, 1, 2, 3])), generator):
        body = generator.normal(0, 1, 2)
        away = bool(generator.random() < effects.turned_away)
        figure = scenes.Figure(place, body, away, int(generator.integers(2**31)))
        categories = labels_of(scene, body, effects, generator.normal(0, 1, len(emotic.LABELS)))
        mood = scene.mood[0] + body[0]
        rated = np.clip(5.5 + np.array([1.2 * mood, 1.2 * scene.mood[1] + body[1], body[1]]), 1, 10)
        box = list(scenes.box(figure))
        if generator.random() < effects.quirks.beyond:
            box[3] = scenes.HEIGHT + 5
        x1, y1, x2, y2 = box
        valence, arousal, dominance = (float(value) for value in rated.round())
        persons.append(Person(figure, (x1, y1, x2, y2), categories, (valence, arousal, dominance)))
    image = scenes.render(scene, [person.figure for person in persons])
    if generator.random() < effects.quirks.grey:
        image = image.convert("L")
    where = f"{FOLDERS[int(generator.integers(len(FOLDERS)))]}/images"
    name = f"{part}_{number:04d}.jpg"
    path = folder / "emotic" / where / name
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, quality=82, subsampling=0)  # colours stay inside their blocks
    return {
        "filename": name,
        "folder": where,
        "image_size": _struct([{"n_col": scenes.WIDTH, "n_row": scenes.HEIGHT}]),
        "original_database": _struct([{"name": where.split("/")[0], "info": "generated"}]),
        "person": _struct([_annotated(person, part, effects, generator) for person in persons]),
    }


def _annotated(person: Person, part: str, effects: Effects, generator: np.random.Generator) -> dict[str, Any]:
    judges = 1 if part == "train" else int(generator.integers(1, 5))
    unrated = part == "train" and generator.random() < effects.quirks.unrated
    chosen = [
        [label for label in person.categories if judges == 1 or generator.random() < 0.8]
        for _ in range(judges)
    ]
    chosen[0] = person.categories  # together they name every category
    names = ("valence", "arousal", "dominance")
    ratings = [
        {
            name: np.nan if unrated else float(np.clip(value + generator.integers(-1, 2), 1, 10))
            for name, value in zip(names, person.rated, strict=True)
        }
        for _ in range(judges)
    ]
    fields: dict[str, Any] = {
        "body_bbox": np.array(person.box, float),
        "annotations_categories": _struct([{"categories": _cells(names)} for names in chosen]),
    }
    if part != "train":
        fields["combined_categories"] = _cells(person.categories)
    fields["annotations_continuous"] = _struct(ratings)
    if part != "train":
        mean = {name: float(np.mean([rating[name] for rating in ratings])) for name in names}
        fields["combined_continuous"] = _struct([mean])
    fields["gender"] = str(generator.choice(["Male", "Female"]))
    fields["age"] = str(generator.choice(["Kid", "Teenager", "Adult"]))
    return fields


def _cells(values: Sequence[str]) -> NDArray[np.object_]:
    """MATLAB cell array, (1, number)."""
    cells = np.empty((1, len(values)), dtype=object)
    cells[0, :] = values
    return cells


def _struct(rows: list[dict[str, Any]]) -> NDArray[Any]:
    """MATLAB struct array, (1, number)."""
    array = np.empty((1, len(rows)), dtype=[(name, object) for name in rows[0]])
    for index, row in enumerate(rows):
        array[0, index] = tuple(row.values())
    return array


def _mat(content: dict[str, list[dict[str, Any]]]) -> bytes:
    """A version 5 .mat file; its header, which would hold the time of writing, says what it is."""
    from scipy.io import savemat

    file = io.BytesIO()
    savemat(file, {part: _struct(rows) for part, rows in content.items()}, do_compression=True)
    header = b"MATLAB 5.0 MAT-file, generated scenes in the layout of EMOTIC"
    return header.ljust(116) + file.getvalue()[116:]
