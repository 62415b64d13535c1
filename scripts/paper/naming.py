"""What a new paper is called everywhere, from its key, and which names are free."""

import keyword
import re
from dataclasses import dataclass
from pathlib import Path

from lib import params

FORM = re.compile(
    r"(?P<family>[a-z]{1,20})(?P<year>(19|20)\d\d)[a-z]?-(?P<topic>[a-z][a-z0-9]*(-[a-z0-9]+)*)"
)
LONGEST = 20
"""Characters of a topic."""
RESERVED = frozenset(
    "cards figures folds notebooks papers received recordings scratch shared site stages sweeps".split()
)
"""Folders of ``outputs`` and ``reports`` that belong to no paper, besides those that are there."""
TITLE = re.compile(r"[^\x00-\x1f\x7f\"<>|`\\*_\[\]{}$]{1,200}")
"""Titles that read alike in YAML, Markdown and HTML."""


class PaperError(ValueError):
    """A paper cannot be laid out; one sentence."""


@dataclass(frozen=True)
class Paper:
    """A paper that is not there yet: its key, such as ``lastname2026-gaze``, and its title."""

    key: str
    title: str

    @classmethod
    def of(cls, key: str, title: str, root: Path) -> "Paper":
        """A paper that the project in the folder `root` does not have.

        Raises
        ------
        PaperError
            If the key or the title has another form, or a name that follows from the key is taken.
        """
        if not (found := FORM.fullmatch(key)) or len(found["topic"]) > LONGEST:
            raise PaperError(
                f"NAME={key or '?'}: a paper's key is the first author's family name and the year in small "
                f"letters, a hyphen and a topic of at most {LONGEST} letters, such as NAME=lastname2026-gaze"
            )
        title = title or " ".join(found["topic"].split("-")).capitalize()
        if not TITLE.fullmatch(title):
            raise PaperError(
                'TITLE: a title is one line of at most 200 characters without " < > | ` \\ * _ [ ] { } $'
            )
        paper = cls(key, title)
        paper._require_free(root)
        return paper

    @property
    def short(self) -> str:
        """``lastname2026``, by which texts and the corpora's entries name it."""
        return self.key.partition("-")[0]

    @property
    def family(self) -> str:
        """``Lastname``, as far as the key says how the name is written."""
        return FORM.fullmatch(self.key)["family"].capitalize()  # type: ignore[index]

    @property
    def year(self) -> int:
        """Year of the paper."""
        return int(FORM.fullmatch(self.key)["year"])  # type: ignore[index]

    @property
    def group(self) -> str:
        """``gaze``: folder of notebooks, block of parameters, module; the topic without hyphens."""
        return self.key.partition("-")[2].replace("-", "")

    @property
    def network(self) -> str:
        """Name of its network's class: ``GazeNetwork``."""
        return "".join(word.capitalize() for word in self.key.split("-")[1:]) + "Network"

    @property
    def topic(self) -> str:
        """The topic in words, with a capital letter."""
        return " ".join(self.key.split("-")[1:]).capitalize()

    def _require_free(self, root: Path) -> None:
        papers = [path.name for path in (root / "lib/published/papers").glob("*")]
        if self.key in papers:
            raise PaperError(f"{self.key} is there already: lib/published/papers/{self.key}")
        if same := [name for name in papers if name.partition("-")[0] == self.short]:
            raise PaperError(
                f"{same[0]} is called {self.short} too: put a letter behind the year, such as "
                f"NAME={self.short}b-{self.key.partition('-')[2]}"
            )
        name = self.group
        if keyword.iskeyword(name) or name in RESERVED:
            raise PaperError(f"{name} cannot be the name of a folder and a module here: choose another topic")
        places = [f"{folder}/{name}" for folder in ("notebooks", "outputs", "reports", "lib/papers")]
        places += [f"lib/papers/{name}.py", f"lib/models/{name}.py", f"tests/papers/test_{name}.py"]
        taken = [place for place in places if (root / place).exists()]
        if name in params.load_yaml(root / "params.yaml"):
            taken.append(f"params.yaml, {name}")
        if taken:
            raise PaperError(
                f"the topic's name, {name}, is taken by {', '.join(taken)}: choose another topic"
            )
