"""Effects files: the strengths of what is planted in a sample corpus, checked on reading."""

from pathlib import Path
from typing import ClassVar, Self

import yaml

from lib.settings import Settings


class Planted(Settings):
    """Content of an effects file; a subclass describes one file.

    The generator reads the file, so the data hold what the file says. A copy lies beside the data.

    Attributes
    ----------
    SHIPPED : str
        Name of the file that ships with the generator.
    COPY : str
        Name of the copy beside the data.
    """

    SHIPPED: ClassVar[str]
    COPY: ClassVar[str]

    @classmethod
    def shipped(cls) -> Path:
        """Path of the file that ships with the generator."""
        return Path(__file__).with_name(cls.SHIPPED)

    @classmethod
    def load(cls, path: Path | None = None) -> Self:
        """Read an effects file; by default the one that ships with the generator.

        Raises
        ------
        FileNotFoundError
            If the file does not exist.
        pydantic.ValidationError
            If a strength is unknown, missing or of the wrong type.
        """
        return cls.model_validate(yaml.safe_load((path or cls.shipped()).read_text(encoding="utf-8")))

    def write(self, folder: Path) -> None:
        """Write the copy beside the data; unchanged effects keep the shipped file's comments."""
        folder.mkdir(parents=True, exist_ok=True)
        if self == self.load():
            content = self.shipped().read_bytes()
        else:
            content = yaml.safe_dump(self.model_dump(mode="json"), sort_keys=False).encode()
        (folder / self.COPY).write_bytes(content)
