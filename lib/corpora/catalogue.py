"""Catalogue of the corpora: what each is, how to get it, which of its files are taken over."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["synthetic", "open", "licensed"]


class CorpusError(ValueError):
    """A corpus is missing, incomplete, damaged or in another layout."""


@dataclass(frozen=True)
class Corpus:
    """What the project knows about a corpus before it sees a copy of it.

    Attributes
    ----------
    name : str
        Name of the folder under ``data/`` and of the reader, ``lib.corpora.<name>``.
    title : str
        The corpus's own name.
    papers : tuple of str
        Keys of the re-implemented papers that use it; empty for additional corpora.
    kind : {"open", "licensed"}
        What a real copy is. Sample corpora are marked synthetic in their own PROVENANCE.json.
    licence, how_to_get : str
        Terms, and where a reader of the project gets a copy.
    layout : tuple of str
        Patterns, relative to ``data/<name>``, of the files that are taken over.
    expected : mapping
        Counts that a complete copy has, as far as they are the same for every complete copy.
    lists : tuple of str
        Lists of corpora in params.yaml that the corpus joins when it is added; each serves some
        stages.
    top_folder : str, optional
        Folder in which the corpus is published; its parent stands for ``data/<name>``.
    """

    name: str
    title: str
    papers: tuple[str, ...]
    kind: Literal["open", "licensed"]
    licence: str
    how_to_get: str
    layout: tuple[str, ...]
    expected: Mapping[str, int]
    lists: tuple[str, ...]
    top_folder: str | None = None


_SESSION = "IEMOCAP_full_release/Session[1-5]"

CORPORA: dict[str, Corpus] = {
    corpus.name: corpus
    for corpus in (
        Corpus(
            name="iemocap",
            title="IEMOCAP, full release",
            papers=("shi2020", "shi2021"),
            kind="licensed",
            licence="signed agreement with the University of Southern California; research only",
            how_to_get="release form of the SAIL group, University of Southern California",
            layout=(
                f"{_SESSION}/dialog/EmoEvaluation/*.txt",
                f"{_SESSION}/dialog/transcriptions/*.txt",
                f"{_SESSION}/dialog/avi/DivX/*.avi",
                f"{_SESSION}/dialog/MOCAP_hand/*.txt",
                f"{_SESSION}/dialog/MOCAP_head/*.txt",
                f"{_SESSION}/dialog/MOCAP_rotated/*.txt",
                f"{_SESSION}/sentences/wav/*/*.wav",
                "alphapose/*/alphapose-results.json",
            ),
            expected={
                "dialogues": 151,
                "utterances": 10_039,
                "ang": 1103,
                "hap": 595,
                "exc": 1041,
                "sad": 1084,
                "neu": 1708,
                "fru": 1849,
                "xxx": 2507,
                "sur": 107,
                "fea": 40,
                "oth": 3,
                "dis": 2,
                "anger": 1103,
                "happiness": 1636,
                "sadness": 1084,
                "neutral": 1708,
                "four classes": 5531,
            },
            lists=("skeletal.corpora", "skeletal.movement_corpora"),
            top_folder="IEMOCAP_full_release",
        ),
        Corpus(
            name="rml",
            title="RML emotion database",
            papers=("priyasad2020",),
            kind="licensed",
            licence="on request from its authors; research only",
            how_to_get="request to the Ryerson Multimedia Research Laboratory, Toronto",
            layout=("rml-[12]/s*/**/*.avi",),
            expected={"clips": 720, "speakers": 8, "rml-1": 407, "rml-2": 313},
            lists=("audiovisual.corpora",),
        ),
        Corpus(
            name="enterface",
            title="eNTERFACE'05 audio-visual emotion database",
            papers=("priyasad2020",),
            kind="licensed",
            licence="free for research",
            how_to_get="project page of the eNTERFACE'05 workshop",
            layout=("**/[Ss]ubject*/**/*.avi",),
            expected={
                "files": 1293,
                "speakers": 44,
                "complete speakers": 42,
                "clips": 1260,
            },
            lists=("audiovisual.corpora",),
        ),
        Corpus(
            name="emotic",
            title="EMOTIC, emotions in context",
            papers=("vo2022",),
            kind="licensed",
            licence="on request from the authors; research only",
            how_to_get="form on the EMOTIC project page, Universitat Oberta de Catalunya",
            layout=(
                "emotic/*/images/*",
                "Annotations/Annotations.mat",
                "train.csv",
                "val.csv",
                "test.csv",
            ),
            expected={"persons": 34_320, "images": 23_571},
            lists=("context.corpora",),
        ),
        Corpus(
            name="recola",
            title="RECOLA, release of the AVEC 2015 and 2016 challenges",
            papers=("lee2018",),
            kind="licensed",
            licence="signed agreement; research only",
            how_to_get="agreement form on the RECOLA database page, University of Fribourg",
            layout=(
                "AVEC2016/ratings_gold_standard/*/*.arff",
                "AVEC2016/ratings_individual/*/*.csv",
                "AVEC2016/recordings_video/*.mp4",
            ),
            expected={"recordings": 18, "train": 9, "dev": 9, "values": 18 * 7501},
            lists=("valence.corpora",),
            top_folder="AVEC2016",
        ),
        Corpus(
            name="sewa",
            title="SEWA, release of the AVEC 2017 challenge (AV+EC 2017)",
            papers=("lee2018",),
            kind="licensed",
            licence="signed agreement; research only",
            how_to_get="agreement form on the SEWA database page",
            layout=("labels/*.csv", "**/Train_*.avi", "**/Devel_*.avi"),
            expected={"recordings": 48, "train": 34, "dev": 14},
            lists=("valence.corpora",),
        ),
        Corpus(
            name="egait",
            title="Emotion-Gait, gaits of features.h5",
            papers=(),
            kind="open",
            licence="released by its authors for research; no licence text",
            how_to_get="project page of STEP, GAMMA group, University of Maryland",
            layout=("features.h5", "labels.h5", "index.csv"),
            expected={"frames": 75, "joints": 16},
            lists=("skeletal.corpora", "skeletal.movement_corpora"),
        ),
        Corpus(
            name="ravdess",
            title="RAVDESS, Ryerson audio-visual database of emotional speech and song",
            papers=(),
            kind="open",
            licence="CC BY-NC-SA 4.0",
            how_to_get="DOI 10.5281/zenodo.1188976",
            layout=("Actor_[0-9][0-9]/*.wav", "Actor_[0-9][0-9]/*.mp4"),
            expected={"speech per actor and modality": 60, "song per actor and modality": 44},
            lists=("skeletal.corpora",),
        ),
    )
}


def get(name: str) -> Corpus:
    """Catalogue entry of a corpus.

    Raises
    ------
    CorpusError
        If there is no such corpus; the message lists those that there are.
    """
    if name not in CORPORA:
        raise CorpusError(f"unknown corpus {name!r}: one of {', '.join(sorted(CORPORA))}")
    return CORPORA[name]


def reader(name: str) -> ModuleType:
    """Reader module of a corpus, ``lib.corpora.<name>``."""
    return import_module(f"lib.corpora.{get(name).name}")


def folder_of(name: str, root: Path) -> Path:
    """Folder of a corpus.

    Parameters
    ----------
    name : str
        Corpus in the catalogue.
    root : Path
        The folder of all corpora, ``data``.

    Raises
    ------
    CorpusError
        If it is not there; the message says how to add it.
    """
    folder = root / get(name).name
    if not folder.is_dir():
        raise CorpusError(
            f"no corpus folder {folder}: get the corpus as DATASETS.md says and add it with "
            f"`make corpus NAME={name} FROM=<its folder>`, or run `dvc pull` for a sample corpus"
        )
    return folder


def check(name: str, root: Path) -> dict[str, int]:
    """Counts found in ``root/<name>``.

    Raises
    ------
    CorpusError
        If the corpus is missing or damaged, or if it is a real copy with wrong counts.
    """
    return reader(name).check(folder_of(name, root))


def read(name: str, root: Path, **options: Any) -> "pd.DataFrame":
    """Sample table of ``root/<name>``, after its counts have been checked.

    Parameters
    ----------
    name : str
        Corpus in the catalogue.
    root : Path
        The folder of all corpora, ``data``.
    **options
        Passed on to the corpus's own ``read``.

    Returns
    -------
    DataFrame
        One row a sample, with at least ``sample_id``, ``label``, ``speaker`` and ``cluster``.

    Raises
    ------
    CorpusError
        As `check`.
    """
    check(name, root)
    return reader(name).read(folder_of(name, root), **options)
