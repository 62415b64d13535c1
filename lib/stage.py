"""A notebook's stage: its settings, data and folders, and everything that it writes."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pandas as pd

from lib import params, processor
from lib.comparability import obstacle
from lib.corpora import catalogue, provenance
from lib.evaluation import results as stored
from lib.files import written
from lib.instances import block_of, declared
from lib.settings import Settings

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SCRATCH = "outputs/scratch"
SettingsType = TypeVar("SettingsType", bound=Settings)


class StageError(RuntimeError):
    """A stage that is needed has not run."""


@dataclass(frozen=True)
class Stage:
    """One notebook on one corpus: what it reads, and where its results go; see `open`."""

    notebook: str
    corpus: str | None  # None for notebooks that read no corpus of their own
    data: provenance.Provenance | None
    overrides: dict[str, Any]
    results: str
    _settings: dict[str, Settings] = field(default_factory=dict)  # "" is the stage's own block

    @classmethod
    def open(
        cls,
        notebook: str,
        corpus: str | None = None,
        overrides: dict[str, Any] | None = None,
        results: str = "scratch",
    ) -> "Stage":
        """Open the stage of a notebook (``"skeletal/02_training"``) and print what it reads.

        `overrides` change its own block of parameters; see `lib.params.Parameters.resolve`.
        `results` is ``"scratch"`` (``outputs/scratch``) for notebooks that a person runs,
        ``"pipeline"`` (``outputs/`` and ``reports/``), which only `scripts.notebook` passes, or a
        folder, relative to the project.
        """
        from lib.figures.style import use_style

        data = provenance.read(params.project_path(f"data/{corpus}")) if corpus else None
        use_style(data.kind if data else None)
        stage = cls(notebook, corpus, data, overrides or {}, results)
        print(f"{corpus}: {data.marker}, version {data.version}" if data else notebook)
        if corpus and catalogue.own_entry(corpus) and (warning := catalogue.get(corpus).warning):
            print(f"warning: {warning}")
        if processor.unpinned():
            print(
                f"this kernel is not held to AVX2 ({', '.join(processor.unpinned())}): last digits "
                "may differ; `python -m scripts.jupyter` sets the kernel up"
            )
        if results == "scratch":
            print(f"run by hand: results go to {_shown(stage.reports.parent)}, not to reports/")
        elif results != "pipeline":
            print(f"results go to {_shown(stage.reports.parent)}")
        return stage

    @property
    def outputs(self) -> Path:
        """Folder for features, splits and predictions; it exists."""
        return _existing(self._folders(self.results)[0])

    @property
    def reports(self) -> Path:
        """Folder for tables, figures and metrics; it exists."""
        return _existing(self._folders(self.results)[1])

    def _folders(self, results: str, notebook: str | None = None) -> tuple[Path, Path]:
        """Folders for outputs and reports of this or another notebook, run this or another way."""
        below = Path(notebook or self.notebook, self.corpus or "")
        if results == "pipeline":
            return params.project_path("outputs" / below), params.project_path("reports" / below)
        base = params.project_path(SCRATCH / below if results == "scratch" else results)
        return base / "outputs", base / "reports"

    @property
    def obstacle(self) -> str:
        """Why its numbers are not compared with the papers'; see `lib.comparability.obstacle`."""
        return obstacle(self.notebook.split("/")[0], self.data) if self.data else ""

    def settings(self, schema: type[SettingsType], block: str = "") -> SettingsType:
        """Validated parameters of a block; `finish` stores them with the results.

        `block` is a name inside the paper's parameters (``"training"``) or a dotted one
        (``"valence.traces"``); by default the stage's own, the only one that `overrides` change.
        """
        own = block_of(self.notebook)
        name = block if "." in block else f"{own.split('.')[0]}.{block}" if block else own
        found = params.load().resolve(name, self.corpus, self.overrides if name == own else None)
        settings = found.validated(schema)
        self._settings["" if name == own else block] = settings
        print(found.summary)
        return settings

    def inputs(self, stage: str) -> Path:
        """Outputs folder of an earlier stage on the same corpus.

        `stage` is ``"01_extraction"`` of the same paper, or ``"skeletal/01_extraction"``. A run by
        hand reads those of an earlier run by hand where the pipeline has none.

        Raises
        ------
        StageError
            If the stage has not run.
        """
        notebook = stage if "/" in stage else f"{self.notebook.split('/')[0]}/{stage}"
        folder, by_hand = (self._folders(way, notebook)[0] for way in ("pipeline", "scratch"))
        if any(folder.glob("*")):
            return folder
        if self.results == "scratch" and any(by_hand.glob("*")):
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
        """Write ``tables/<name>.csv`` and return the frame for display; see `show`.

        Floats have `significant` digits if given, else `digits` decimal places; with None for both
        they are written in full.
        """
        style = None if digits is None else f"%.{digits}f"
        style = f"%.{significant}g" if significant else style
        path = _existing(self.reports / "tables") / f"{name}.csv"
        with written(path) as own:
            frame.to_csv(own, index=index, float_format=style)
        return frame

    def figure(self, figure: "Figure", name: str, caption: str, marker: str | None = None) -> None:
        """Write ``figures/<name>.png`` and its caption, and display it with the caption as its text.

        The caption names the paper and the exhibit. `marker` stands in the figure's corner; by
        default it is the data's ("synthetic sample").
        """
        import matplotlib.pyplot as plt
        from IPython.display import Image, display

        from lib.figures.style import save_figure

        ours = self.data.marker if self.data else ""
        path = self.reports / "figures" / f"{name}.png"
        save_figure(figure, path, caption, ours if marker is None else marker)
        shown = path.with_suffix(".txt").read_text(encoding="utf-8").strip()
        plt.close(figure)  # which would be displayed once more
        display(Image(path.read_bytes(), alt=shown, metadata={"figure": name}))

    def show(self, table: pd.DataFrame, metric: str | None = None) -> None:
        """Display results, and a sentence on what they show; beside printed ones in the paper's form.

        `metric` is that of the table's fractions where no column names it.
        """
        from IPython.display import HTML, Markdown, display

        from lib.figures.sentences import sentence
        from lib.figures.tables import html, paper_form

        forms = paper_form(table) if {"cell_id", "ours"} <= {*table} else {"": table}
        for title, form in forms.items():
            display(*([Markdown(f"**{title}**")] if title else []), HTML(html(form, metric)))
        if told := sentence(table, self.data.kind if self.data else None, metric):
            display(Markdown(told))

    def finish(self, values: dict[str, Any], headline: str | None = None) -> None:
        """Write ``metrics.json`` and ``scores.json``; the last line of every notebook.

        `values` are the results, JSON-serialisable, of the form experiment, metric, ``score`` where
        they are scores; `headline` is the experiment whose score `dvc metrics show` prints.

        Raises
        ------
        AssertionError
            Naming each output declared in `dvc.yaml` that is missing or empty.
        """
        from lib.runs.code import notebook_version

        blocks = {name: self._settings[name] for name in sorted(self._settings, key=bool)}
        seeds = [getattr(block, "seed", None) for block in blocks.values()]
        seed = next((seed for seed in seeds if seed is not None), 0)
        settings = {name: block.model_dump() for name, block in blocks.items()}
        settings = settings.pop("", {}) | settings
        code = notebook_version(self.notebook, self.corpus)
        stored.write_result(self.reports, self.notebook, settings, code, seed, self.data, values)
        written = list(self._declared())
        if any(path.name == "scores.json" for path in written):
            stored.write_scores(self.reports, values, headline)
        stored.assert_written(*written)

    def _declared(self) -> Iterator[Path]:
        """Where this run writes what `dvc.yaml` declares, without the executed notebook."""
        places = list(zip(self._folders("pipeline"), self._folders(self.results), strict=True))
        for text in declared(self.notebook, self.corpus):
            path = params.project_path(text)
            for folder, place in places:
                if path.is_relative_to(folder) and path.suffix != ".ipynb":
                    yield place / path.relative_to(folder)


def _existing(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _shown(path: Path) -> str:
    """Path for messages: relative to the project where it lies inside."""
    root = params.project_root()
    return (path.relative_to(root) if path.is_relative_to(root) else path).as_posix()
