"""Negative controls: the same runs on samples whose labels have been dealt out anew.

A copy of an extraction's folder shares every file but the labels, so that the runs on it are those
of the stages, with the same code.
"""

import shutil
from collections.abc import Sequence

import numpy as np
import pandas as pd

from lib.params import project_path

ROOT = "runs/permuted"


def copy(folder: str, seed: int, columns: Sequence[str] | None = ("label",)) -> str:
    """A folder like an extraction's, with permuted labels; both relative to the project.

    Parameters
    ----------
    folder : str
        Of an extraction's results on one corpus.
    seed : int
    columns : sequence of str or None
        Of ``samples.parquet`` that are dealt out together; None for traces, of which every
        recording gets another one's of its part.
    """
    source = project_path(folder)
    target = f"{ROOT}/{folder.removeprefix('outputs/')}"
    path = project_path(target)
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    changed = "traces.parquet" if columns is None else "samples.parquet"
    for file in sorted(source.iterdir()):
        if file.is_file() and file.name != changed:
            (path / file.name).symlink_to(file)
    samples = pd.read_parquet(source / "samples.parquet")
    generator = np.random.default_rng(seed)
    if columns is None:
        traces = pd.read_parquet(source / "traces.parquet")
        dealt_traces(traces, samples, generator).to_parquet(path / changed, index=False)
    else:
        dealt(samples, columns, generator).to_parquet(path / changed, index=False)
    return target


def dealt(
    samples: pd.DataFrame, columns: Sequence[str], generator: np.random.Generator
) -> pd.DataFrame:
    """Labels permuted over all samples, several columns together."""
    order = generator.permutation(len(samples))
    given = {column: samples[column].to_numpy()[order] for column in columns}
    return samples.assign(**given)


def dealt_traces(
    traces: pd.DataFrame, samples: pd.DataFrame, generator: np.random.Generator
) -> pd.DataFrame:
    """Valence of another recording of the same part for every recording, at its own times.

    Raises
    ------
    ValueError
        If a part has a single recording.
    """
    giver: dict[str, str] = {}
    for part, rows in samples.groupby("part", sort=False):
        names = list(rows["sample_id"])
        if len(names) < 2:
            raise ValueError(f"the {part} part has one recording: it cannot get another's trace")
        order = generator.permutation(len(names))
        for place, index in enumerate(order):  # a ring: nobody keeps its own
            giver[names[index]] = names[order[(place + 1) % len(order)]]
    by_name = dict(iter(traces.groupby("recording", sort=False)))
    tables = []
    for name, own in by_name.items():
        other = by_name[giver[str(name)]]
        values = np.interp(own["time"], other["time"], other["valence"])
        tables.append(own.assign(valence=values))
    return pd.concat(tables, ignore_index=True)
