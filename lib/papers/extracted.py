"""What a paper's extraction wrote for a corpus."""

from dataclasses import dataclass
from functools import cached_property
from os.path import relpath
from pathlib import Path
from typing import Any

import pandas as pd

from lib.features.store import FeatureStore
from lib.project import project_path


@dataclass(frozen=True)
class Source:
    """Feature stores and tables of one corpus; `folder` is relative to the project."""

    corpus: str
    folder: str

    @classmethod
    def of(cls, corpus: str, folder: str | Path) -> "Source":
        """Features of a corpus in the folder that its extraction wrote.

        Raises
        ------
        FileNotFoundError
            If the folder has no feature store.
        """
        path = project_path(folder)
        if not any(path.glob("[!.]*.arrow")):
            raise FileNotFoundError(f"no features in {path}: run the extraction first")
        return cls(corpus, Path(relpath(path, project_path("."))).as_posix())

    @cached_property
    def metadata(self) -> dict[str, Any]:
        """Metadata that all stores of the extraction share."""
        return FeatureStore(min(project_path(self.folder).glob("[!.]*.arrow"))).metadata

    @property
    def classes(self) -> list[str]:
        """Classes of the corpus."""
        return self.metadata["classes"]

    def file(self, name: str) -> str:
        """Path of a file of the folder, relative to the project."""
        return f"{self.folder}/{name}"

    def table(self, name: str) -> pd.DataFrame:
        """A table by its name, for example ``"segments"``."""
        return pd.read_parquet(project_path(self.file(f"{name}.parquet")))

    def samples(self) -> pd.DataFrame:
        """The table of kept samples."""
        return self.table("samples")
