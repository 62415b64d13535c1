"""Copies of extractions with permuted labels, for negative controls.

A copy shares every file of the extraction's folder except the labels, so runs on it use the code of
the stages.
"""

import shutil
from collections.abc import Sequence

import numpy as np
import pandas as pd

from lib.params import project_path

ROOT = "runs/permuted"


def copy(folder: str, seed: int, number: int = 0, columns: Sequence[str] | None = ("label",)) -> str:
    """Copy an extraction of one corpus with permuted labels; return the copy's folder.

    Both folders are relative to the project.

    Parameters
    ----------
    number : int
        Each number stands for another permutation.
    columns : sequence of str or None
        Columns of ``samples.parquet`` that are permuted together; None for traces, where every
        recording gets the trace of another one of its part.
    """
    source, target = project_path(folder), f"{ROOT}/{number}/{folder.removeprefix('outputs/')}"
    path = project_path(target)
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    changed = "traces.parquet" if columns is None else "samples.parquet"
    for file in sorted(source.iterdir()):
        if file.is_file() and file.name != changed:
            (path / file.name).symlink_to(file)
    samples = pd.read_parquet(source / "samples.parquet")
    generator = np.random.default_rng([seed, number])
    if columns is None:
        found = permute_traces(pd.read_parquet(source / changed), samples, generator)
    else:
        found = permute(samples, columns, generator)
    found.to_parquet(path / changed, index=False)
    return target


def permute(samples: pd.DataFrame, columns: Sequence[str], generator: np.random.Generator) -> pd.DataFrame:
    """Permute labels over all samples, all given columns in the same order."""
    order = generator.permutation(len(samples))
    return samples.assign(**{column: samples[column].to_numpy()[order] for column in columns})


def permute_traces(
    traces: pd.DataFrame, samples: pd.DataFrame, generator: np.random.Generator
) -> pd.DataFrame:
    """Give every recording the valence of another one of its part, interpolated at its own times.

    Raises
    ------
    ValueError
        If a part has a single recording.
    """
    giver: dict[str, str] = {}
    for part, names in samples.groupby("part", sort=False)["sample_id"]:
        if len(names) < 2:
            raise ValueError(f"the {part} part has one recording: it cannot get another's trace")
        ring = names.to_numpy()[generator.permutation(len(names))]  # no recording keeps its own
        giver |= dict(zip(ring, np.roll(ring, -1), strict=True))
    by_name = {str(name): own for name, own in traces.groupby("recording", sort=False)}
    tables = []
    for name, own in by_name.items():
        other = by_name[giver[name]]
        values = np.interp(own["time"], other["time"], other["valence"])
        tables.append(own.assign(valence=values))
    return pd.concat(tables, ignore_index=True)
