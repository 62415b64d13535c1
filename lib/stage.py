"""A notebook's stage: its settings, data and folders, and everything that it writes."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pandas as pd

from lib import instances, params
from lib.corpora import provenance
from lib.evaluation import results as stored
from lib.settings import Settings

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SCRATCH = "outputs/scratch"
SettingsType = TypeVar("SettingsType", bound=Settings)


class StageError(RuntimeError):
    """A stage that is needed has not run."""


@dataclass(frozen=True)
class Stage:
    """One notebook on one corpus: what it reads, and where its results go.

    Attributes
    ----------
    notebook : str
        Path below `notebooks/`, without suffix, for example ``"skeletal/02_training"``.
    corpus : str or None
        None for notebooks that read no corpus of their own.
    data : Provenance or None
        Origin of the corpus.
    overrides : dict
        Changes of the stage's own parameters; see `lib.params.read`.
    results : str
        Where results go; see `open`.
    """

    notebook: str
    corpus: str | None
    data: provenance.Provenance | None
    overrides: dict[str, Any]
    results: str
    _settings: dict[str, Settings] = field(default_factory=dict)

    @classmethod
    def open(
        cls,
        notebook: str,
        corpus: str | None = None,
        overrides: dict[str, Any] | None = None,
        results: str | Path = "scratch",
    ) -> "Stage":
        """Open a stage and print what it reads and where it writes.

        Parameters
        ----------
        notebook : str
            For example ``"skeletal/02_training"``.
        corpus : str, optional
        overrides : dict, optional
            Dotted names inside the stage's own block of parameters.
        results : str or Path
            ``"scratch"``: below ``outputs/scratch``, for notebooks that a person runs.
            ``"pipeline"``: ``outputs/`` and ``reports/``; only `lib.notebook` passes it. Anything
            else is a folder, relative to the project.
        """
        from lib.figures.style import use_style

        use_style()
        data = provenance.read(params.project_path(f"data/{corpus}")) if corpus else None
        stage = cls(notebook, corpus, data, overrides or {}, str(results))
        print(f"{corpus}: {data.marker}, version {data.version}" if data else notebook)
        if stage.results == "scratch":
            print(f"run by hand: results go to {_shown(stage.reports.parent)}, not to reports/")
        elif stage.results != "pipeline":
            print(f"results go to {_shown(stage.reports.parent)}")
        return stage

    @property
    def outputs(self) -> Path:
        """Folder for features, splits and predictions; it exists."""
        return _existing(_folders(self.notebook, self.corpus, self.results)[0])

    @property
    def reports(self) -> Path:
        """Folder for tables, figures and metrics; it exists."""
        return _existing(_folders(self.notebook, self.corpus, self.results)[1])

    def settings(self, schema: type[SettingsType], block: str | None = None) -> SettingsType:
        """Validated parameters of a block; `finish` stores them with the results.

        Parameters
        ----------
        schema : type of Settings
        block : str, optional
            Name inside the paper's parameters (``"training"``), or a dotted one
            (``"valence.traces"``). Default: the stage's own block, the only one that `overrides`
            change.
        """
        paper, own = _block(self.notebook)
        name = block or own
        dotted = name if "." in name else f"{paper}.{name}"
        overrides = self.overrides if name == own else None
        self._settings[name] = found = params.read(dotted, schema, self.corpus, overrides)
        print(params.described(dotted, self.corpus, overrides))
        return found

    def inputs(self, stage: str) -> Path:
        """Outputs folder of an earlier stage on the same corpus.

        A run by hand reads those of an earlier run by hand where the pipeline has none.

        Parameters
        ----------
        stage : str
            ``"01_extraction"`` of the same paper, or ``"skeletal/01_extraction"``.

        Raises
        ------
        StageError
            If the stage has not run.
        """
        notebook = stage if "/" in stage else f"{_block(self.notebook)[0]}/{stage}"
        folder, _ = _folders(notebook, self.corpus, "pipeline")
        by_hand, _ = _folders(notebook, self.corpus, "scratch")
        if folder.is_dir() and any(folder.iterdir()):
            return folder
        if self.results == "scratch" and by_hand.is_dir() and any(by_hand.iterdir()):
            print(f"reads {_shown(by_hand)}")
            return by_hand
        raise StageError(
            f"{_shown(folder)} is missing or empty: run the pipeline (`make repro`) or "
            f"notebooks/{notebook}.ipynb first"
        )

    def table(
        self,
        frame: pd.DataFrame,
        name: str,
        digits: int | None = 6,
        significant: int | None = None,
        index: bool = False,
    ) -> pd.DataFrame:
        """Write ``tables/<name>.csv`` and return the frame for display.

        Parameters
        ----------
        frame, name : DataFrame, str
        digits : int or None
            Decimal places of floats; None writes them in full.
        significant : int, optional
            Significant digits, in place of decimal places.
        index : bool
            Whether the index becomes a column.
        """
        style = None if digits is None else f"%.{digits}f"
        style = f"%.{significant}g" if significant else style
        folder = _existing(self.reports / "tables")
        frame.to_csv(folder / f"{name}.csv", index=index, float_format=style)
        return frame

    def figure(self, figure: "Figure", name: str, caption: str, marker: str | None = None) -> None:
        """Write ``figures/<name>.png`` and its caption; the cell displays the figure as well.

        Parameters
        ----------
        figure, name : Figure, str
        caption : str
            Names the paper and the exhibit.
        marker : str, optional
            Words in the figure's corner; by default the data's ("synthetic sample").
        """
        from lib.figures.style import save_figure

        ours = self.data.marker if self.data else ""
        path = self.reports / "figures" / f"{name}.png"
        save_figure(figure, path, caption, ours if marker is None else marker)

    def finish(self, values: dict[str, Any], headline: str | None = None) -> None:
        """Write ``metrics.json`` and ``scores.json``; the last line of every notebook.

        Parameters
        ----------
        values : dict
            The results, JSON-serialisable, of the form experiment, metric, ``score`` where they
            are scores.
        headline : str, optional
            Experiment whose score `dvc metrics show` prints.

        Raises
        ------
        AssertionError
            Naming each output declared in `dvc.yaml` that is missing or empty.
        """
        from lib.runs.code import notebook_version

        blocks = dict(self._settings)
        own = blocks.pop(_block(self.notebook)[1], None)
        settings = {name: block.model_dump() for name, block in blocks.items()}
        settings = (own.model_dump() if own else {}) | settings
        seeds = [getattr(block, "seed", None) for block in (own, *blocks.values())]
        seed = next((seed for seed in seeds if seed is not None), 0)
        code = notebook_version(self.notebook, self.corpus)
        stored.write_result(self.reports, self.notebook, settings, code, seed, self.data, values)
        declared = list(self.declared())
        if any(path.name == "scores.json" for path in declared):
            stored.write_scores(self.reports, values, headline)
        stored.assert_written(*declared)

    def declared(self) -> Iterator[Path]:
        """Where this run writes what `dvc.yaml` declares, without the executed notebook."""
        declared = _folders(self.notebook, self.corpus, "pipeline")
        written = _folders(self.notebook, self.corpus, self.results)
        for text in instances.declared(self.notebook, self.corpus):
            path = params.project_path(text)
            for folder, place in zip(declared, written, strict=True):
                if path.is_relative_to(folder) and path.suffix != ".ipynb":
                    yield place / path.relative_to(folder)


def _block(notebook: str) -> tuple[str, str]:
    """Paper and block of parameters: ``("skeletal", "training")``."""
    paper, stem = notebook.split("/")
    return paper, stem.split("_", 1)[1]


def _folders(notebook: str, corpus: str | None, results: str) -> tuple[Path, Path]:
    """Folders for outputs and reports."""
    below = Path(notebook, corpus or "")
    if results == "pipeline":
        return params.project_path("outputs" / below), params.project_path("reports" / below)
    base = params.project_path(SCRATCH / below if results == "scratch" else results)
    return base / "outputs", base / "reports"


def _existing(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _shown(path: Path) -> str:
    """Path for messages: relative to the project where it lies inside."""
    root = params.project_root()
    return (path.relative_to(root) if path.is_relative_to(root) else path).as_posix()
