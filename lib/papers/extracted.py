"""What a paper's extraction wrote for a corpus."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from lib.features.store import FeatureStore
from lib.project import project_path


@dataclass(frozen=True)
class Source:
    """Feature stores and tables of one corpus.

    Attributes
    ----------
    corpus : str
    folder : str
        Relative to the project.
    """

    corpus: str
    folder: str

    @classmethod
    def of(cls, corpus: str, extraction: str) -> "Source":
        """Features of a corpus below an extraction's folder.

        Raises
        ------
        FileNotFoundError
            If there are none; the message names the stage that makes them.
        """
        folder = f"{extraction}/{corpus}"
        if not any(project_path(folder).glob("*.arrow")):
            stage = "/".join(extraction.split("/")[-2:])
            raise FileNotFoundError(f"no features in {folder}: run {stage} first")
        return cls(corpus, folder)

    @cached_property
    def metadata(self) -> dict[str, Any]:
        """What the extraction says of all its stores."""
        return FeatureStore(min(project_path(self.folder).glob("*.arrow"))).metadata

    @property
    def classes(self) -> list[str]:
        """Classes of the corpus."""
        return self.metadata["classes"]

    def file(self, name: str) -> str:
        """Path of a file, relative to the project."""
        return f"{self.folder}/{name}"

    def table(self, name: str) -> pd.DataFrame:
        """A table by its name, for example ``"segments"``."""
        return pd.read_parquet(project_path(self.file(f"{name}.parquet")))

    def samples(self) -> pd.DataFrame:
        """The table of kept samples."""
        return self.table("samples")
