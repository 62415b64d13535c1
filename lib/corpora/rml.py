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
    r"(?P<above>(?:.*/)?)s(?:peaker|ubject)?[\s_-]*0*(?P<speaker>[1-9]\d*)/(?:(?P<language>.+)/)?"
    r"(?:[\s_-]*(?P<code>an|di|fe|ha|sa|su)(?:(?<=an)ger|(?<=di)sgust|(?<=fe)ar|(?<=ha)pp(?:y|iness)"
    r"|(?<=sa)d(?:ness)?|(?<=su)rprised?)?(?![a-z]))[^/]*",
    re.IGNORECASE,
)


def read(folder: Path) -> pd.DataFrame:
    """Sample table of a copy of RML.

    ``rml-1`` and ``rml-2``, or the copy, have a folder per speaker, perhaps with some by language.

    Returns
    -------
    DataFrame
        One row per clip: sample_id ("s1/english/an1"), label (one of `CLASSES`), speaker ("s1"),
        cluster (the speaker), archive and language (missing without such folders), video (relative
        to `folder`).

    Raises
    ------
    CorpusError
        If there is no clip, a folder or name is of another form, or a name occurs twice.
    """
    rows = []
    for path in checks.videos(folder):
        video = path.relative_to(folder).as_posix()
        clip = _CLIP.fullmatch(video)
        if not clip:
            raise CorpusError(
                f"{path} does not begin with one of {', '.join(CODES)} (or the emotion), or lies in no "
                "folder s<number>: rename it, or leave it out of the copy"
            )
        archive = re.search(r"(?i)rml[\s_-]*([12])/$", clip["above"])
        speaker, inside = f"s{clip['speaker']}", [clip["language"]] if clip["language"] else []
        row = {
            "sample_id": "/".join([speaker, *inside, path.stem]),
            "label": CODES[clip["code"].lower()],
            **dict.fromkeys(("speaker", "cluster"), speaker),
            "archive": archive and f"rml-{archive[1]}",
            "language": clip["language"],
            "video": video,
        }
        rows.append(row)
    return checks.sample_table(rows, folder, "no clip in folders s1 ... s8: see DATASETS.md")


def check(folder: Path, strict: bool | None = None) -> dict[str, int]:
    """Numbers of clips, by archive (if the copy has them) and class, and of speakers."""
    table = read(folder)
    archives = ARCHIVES if table["archive"].notna().any() else ()
    found = {
        "clips": len(table),
        "speakers": int(table["speaker"].nunique()),
        **checks.tally(table["archive"], archives),
        **checks.tally(table["label"], CLASSES),
    }
    expected = {name: count for name, count in catalogue.get("rml").expected.items() if name in found}
    return checks.published("rml", found, folder, strict, expected)
