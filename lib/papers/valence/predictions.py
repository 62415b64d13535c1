"""Stored predictions of a value over time: one row a recording and label."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib.evaluation.predictions import PredictionsError
from lib.papers.valence.postprocessing import Chain, ChainSettings, Trace, fit

COLUMNS = (
    "experiment", "corpus", "repeat", "fold", "seed", "part", "recording", "time", "truth",
    "prediction", "interpolated",
)  # fmt: skip
PROCESSED = {
    "raw": "as predicted",
    "post-processed": "chain fitted on recordings of the training part",
    "fitted on the reported recordings": "chain fitted on what is reported: too good",
}
"""What can be done with predictions before they are scored."""
RUN = ["experiment", "repeat", "fold"]


def gather_values(folders: Iterable[Path], path: Path) -> pd.DataFrame:
    """Join the predictions of runs into one validated `predictions.parquet`.

    Raises
    ------
    PredictionsError
        If a column is missing, a value is not a finite number, or a time is predicted twice by one
        run.
    """
    table = pd.concat(
        [pd.read_parquet(folder / "predictions.parquet") for folder in folders], ignore_index=True
    )
    missing = [column for column in COLUMNS if column not in table]
    if missing:
        raise PredictionsError(f"{path}: columns {missing} are missing")
    if not np.isfinite(table[["time", "truth", "prediction"]].to_numpy(float)).all():
        raise PredictionsError(f"{path}: a time, truth or prediction is not finite")
    if table.duplicated([*RUN, "recording", "time"]).any():
        raise PredictionsError(f"{path}: a time is predicted twice by one run")
    path.parent.mkdir(parents=True, exist_ok=True)
    table.to_parquet(path, index=False)
    return table


def traces(table: pd.DataFrame) -> dict[str, Trace]:
    """Truth and prediction by recording, of rows that belong to one run."""
    found = {}
    for name, rows in table.groupby("recording", sort=False):
        columns = (rows[column].to_numpy(float) for column in ("time", "truth", "prediction"))
        found[str(name)] = Trace(*columns)
    return found


def post_process(
    predictions: pd.DataFrame, settings: ChainSettings
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Test predictions of every run, raw and by the chain fitted on two kinds of recordings.

    Parameters
    ----------
    predictions : DataFrame
        Of `gather_values`, with parts ``dev`` (recordings of the training part that were not
        trained on) and ``test`` (those that are reported).
    settings : ChainSettings

    Returns
    -------
    processed : DataFrame
        Rows of the test part once for each of `PROCESSED`, named in the column ``processing``.
    chains : DataFrame
        Fitted constants: one row an experiment, repetition, fold and processing.
    """
    tables, chains = [], []
    for key, run in predictions.groupby(RUN, sort=False):
        test = run[run["part"] == "test"]
        parts: Mapping[str, pd.DataFrame | None] = dict(
            zip(PROCESSED, (None, run[run["part"] == "dev"], test), strict=True)
        )
        for name, fitted_on in parts.items():
            chain = Chain() if fitted_on is None else fit(traces(fitted_on), settings)
            tables.append(_applied(test, chain).assign(processing=name))
            chains.append(dict(zip(RUN, key, strict=True)) | {"processing": name}
                          | chain.constants())  # fmt: skip
    return pd.concat(tables, ignore_index=True), pd.DataFrame(chains)


def _applied(test: pd.DataFrame, chain: Chain) -> pd.DataFrame:
    found: NDArray[np.float64] = np.empty(len(test))
    place = np.arange(len(test))
    for _, rows in pd.Series(place).groupby(test["recording"].to_numpy(), sort=False):
        chosen = test.iloc[rows.to_numpy()]
        found[rows.to_numpy()] = chain.apply(
            chosen["time"].to_numpy(float), chosen["prediction"].to_numpy(float)
        )
    return test.assign(prediction=found)
