"""RML: eight people act six emotions in six languages.

Wang and Guan (2008), "Recognizing human emotional state from audiovisual signals". The release has
720 clips in two archives; its web page says 500.
"""

import re
from pathlib import Path

import pandas as pd

from lib.corpora import catalogue, checks
from lib.corpora.catalogue import CorpusError

CLASSES = catalogue.get("rml").classes
CODES = dict(zip(("an", "di", "fe", "ha", "sa", "su"), CLASSES, strict=True))
ARCHIVES = ("rml-1", "rml-2")

_CLIP = re.compile(
    r"(?P<archive>[^/]+)/(?P<speaker>s\d+)/(?:(?P<language>.+)/)?"
    r"(?P<code>(?i:an|di|fe|ha|sa|su))\s*(?P<take>\d+)[^/]*"
)


def read(folder: Path) -> pd.DataFrame:
    """Sample table of a copy of RML.

    ``rml-1`` and ``rml-2`` have one folder per speaker, in which files may lie in folders by
    language.

    Returns
    -------
    DataFrame
        One row per clip: sample_id ("s1/english/an1"), label (one of `CLASSES`), speaker ("s1"),
        cluster (the speaker), archive, language (missing if files are not in such folders), take,
        video (relative to `folder`).

    Raises
    ------
    CorpusError
        If there is no clip, a folder or name is of another form, or a name occurs twice.
    """
    rows = []
    for path in checks.files(folder, *(f"{archive}/**/*.avi" for archive in ARCHIVES)):
        video = path.relative_to(folder).as_posix()
        clip = _CLIP.fullmatch(video)
        if not clip:
            raise CorpusError(
                f"{path} does not begin with one of {', '.join(CODES)} and a number, or lies in no "
                "folder s<number> of its archive: rename it, or leave it out of the copy"
            )
        row = {
            "sample_id": video.removeprefix(f"{clip['archive']}/").removesuffix(path.suffix),
            "label": CODES[clip["code"].lower()],
            **dict.fromkeys(("speaker", "cluster"), clip["speaker"]),
            "archive": clip["archive"],
            "language": clip["language"],
            "take": int(clip["take"]),
            "video": video,
        }
        rows.append(row)
    return checks.sample_table(rows, folder, "no clip in rml-1/s1 ... rml-2/s8: see DATASETS.md")


def check(folder: Path, strict: bool | None = None) -> dict[str, int]:
    """Numbers of clips, by archive and class, and of speakers."""
    table = read(folder)
    found = {
        "clips": len(table),
        "speakers": int(table["speaker"].nunique()),
        **checks.tally(table["archive"], ARCHIVES),
        **checks.tally(table["label"], CLASSES),
    }
    return checks.published("rml", found, folder, strict)
