"""From a corpus's pictures to scenes and bodies, and to the networks that start each stream."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lib.corpora import catalogue
from lib.features.image_augmentation import PictureError, read_picture, scene_and_body
from lib.features.store import FeatureWriter
from lib.files import write_parquet, written
from lib.papers.context.settings import ExtractionStage
from lib.params import project_path

WANTED = {  # the weights of vo2022 section 4.2
    "body": "torchvision's resnet50-0676ba61.pth (ImageNet)",
    "place": "Places365's resnet50_places365.pth.tar",
    "gist": "EmotionNet's file for ResNet-50 with 690 tags",
}


def extract(
    corpus: str, table: pd.DataFrame, size: int, folder: Path, metadata: dict[str, Any]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Write ``pictures.arrow``, (2, 3, size, size) of every person: scene and body, as bytes.

    Returns the tables of kept people, ``samples``, and of ``excluded`` ones with a ``reason``; both are
    stored as parquet.

    Raises
    ------
    PictureError
        If no picture can be read.
    """
    excluded: dict[str, str] = {}
    facts = metadata | {"labels": list(catalogue.get(corpus).use("context").classes)}
    with FeatureWriter(folder / "pictures.arrow", facts, "uint8") as writer:
        for image, persons in table.groupby("image", sort=False):
            try:
                picture = read_picture(project_path(f"data/{corpus}") / str(image))
            except PictureError:
                excluded |= dict.fromkeys(persons["sample_id"], "no picture")
                continue
            for row in persons.to_dict("records"):
                box = [row[name] for name in ("x1", "y1", "x2", "y2")]
                try:
                    pair = scene_and_body(picture, box, size)
                except PictureError:
                    excluded[row["sample_id"]] = "no box inside the picture"
                    continue
                writer.write(row["sample_id"], pair)
    samples = table[~table["sample_id"].isin(excluded)].reset_index(drop=True)
    if not len(samples):
        raise PictureError(f"no picture of data/{corpus} can be read")
    left_out = pd.DataFrame(excluded.items(), columns=["sample_id", "reason"])
    write_parquet(folder / "samples.parquet", samples)
    write_parquet(folder / "excluded.parquet", left_out)
    return samples, left_out


def label_shares(samples: pd.DataFrame, labels: Sequence[str]) -> pd.DataFrame:
    """Share of people with each label by part, and the label's weight in the loss (equation 5)."""
    shares = samples.groupby("part", sort=False)[list(labels)].mean().T
    return shares.assign(weight=1 / np.log(1.2 + shares["train"]))


def streams(settings: ExtractionStage, folder: Path) -> dict[str, str]:
    """Write the weights that each stream starts from as ``<stream>.safetensors``.

    Returns the origin of each stream's weights: what the checkpoint says it is, or ``"random"``; ImageNet's
    in place of a scene network's are marked as a substitute. CheckpointError if a path is empty.
    """
    import torch
    from safetensors.torch import save_file

    from lib.models import image_backbones
    from lib.models.weights import chosen_weights

    origins: dict[str, str] = {}
    for number, (stream, value) in enumerate(settings.weights.items()):
        torch.manual_seed(settings.seed + number)
        weights = chosen_weights(value, f"context.extraction.weights.{stream}", WANTED[stream])
        built = image_backbones.build(settings.backbone.name, settings.backbone.channels, weights)
        substitute = stream != "body" and "ImageNet" in built.origin
        origins[stream] = built.origin + ", a substitute" * substitute
        state = {name: value.contiguous() for name, value in built.network.state_dict().items()}
        with written(folder / f"{stream}.safetensors") as own:
            save_file(state, own)
    return origins
