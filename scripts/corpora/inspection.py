"""What is damaged in a copy of a corpus: every file is opened before one is copied."""

import os
import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath
from types import ModuleType
from typing import Any

from lib import content
from lib.corpora import catalogue, checks, iemocap_annotations
from lib.corpora.catalogue import Corpus, CorpusError

SLACK = 64
"""Bytes by which a header may be wrong about its file's size."""
UNSTATED = (0, 2**32 - 1)
"""Sizes in headers of sound and video that was written to a pipe."""
ISO = (".mp4", ".mov")
VIDEOS = (".avi", ".mkv", ".mpeg", ".mpg", ".wmv", *ISO)
PICTURES = (".jpg", ".jpeg", ".png", ".bmp", ".gif", ".tif", ".tiff", ".webp")


def leaving(root: Path, layout: Collection[str]) -> dict[str, str]:
    """Links to folders below the layout's first folders that lead out of `root` or back to their own.

    Returns where each leads, by its path relative to `root`. They are found before anything is read,
    because a pattern such as ``**/*.avi`` would follow them.
    """
    heads = {pattern.split("/")[0] for pattern in layout}
    starts = [root] if "**" in heads else sorted({path for head in heads for path in root.glob(head)})
    found: dict[str, str] = {}
    for start in starts:
        if start != root and start.is_symlink():
            found |= _leads_away(start, root)
            continue
        for folder, folders, _ in os.walk(start):
            folders[:] = [name for name in folders if not name.startswith(".")]
            for name in folders:
                found |= _leads_away(Path(folder, name), root)
    return found


def _leads_away(path: Path, root: Path) -> dict[str, str]:
    if not path.is_symlink():
        return {}
    name, target = path.relative_to(root).as_posix(), path.resolve()
    if not target.is_relative_to(root):
        return {name: f"leads to {target}"}
    return {name: f"leads back to {target}"} if target in path.parents else {}


def require_inside(root: Path, layout: Collection[str], paths: Sequence[Path] = ()) -> None:
    """Raise CorpusError that names every link of a layout, or among `paths`, that leaves `root`."""
    wrong = leaving(root, layout)
    if not wrong:
        outside = (path for path in paths if not path.resolve().is_relative_to(root))
        wrong = {path.relative_to(root).as_posix(): f"leads to {path.resolve()}" for path in outside}
    if wrong:
        raise CorpusError(
            f"{root}: {len(wrong)} links leave the folder: replace them by what they lead to, or give "
            f"a folder that holds both\n{listed(wrong)}"
        )


def listed(reasons: Mapping[str, str]) -> str:
    """Lines of names with their reasons."""
    return "\n".join(f"  {name} {reason}" for name, reason in reasons.items())


def damaged(corpus: Corpus, root: Path, files: Sequence[str]) -> dict[str, str]:
    """Reason for each file of a copy that is damaged, in the order of names.

    `files` are relative to `root`. Sound, video and pictures are opened, a picture of each is decoded,
    and sizes are compared with what headers state; transcripts and traces are read.
    """
    from tqdm import tqdm

    with ThreadPoolExecutor() as pool:
        reasons = pool.map(lambda name: damage(root / name), files)
        shown = tqdm(reasons, "opening", len(files), unit="file", file=sys.stderr, disable=None, leave=False)
        found = {name: reason for name, reason in zip(files, shown, strict=True) if reason}
    for check in (_transcripts, _traces):
        found |= {name: reason for name, reason in check(corpus, root, files) if name not in found}
    return dict(sorted(found.items()))


def damage(path: Path) -> str | None:
    """What is wrong with a file; ends a sentence that begins with its name."""
    try:
        if what := content.problem(path) or _cut(path):
            return what
        return next((opens(path) for kinds, opens in OPENED if path.suffix.lower() in kinds), None)
    except Exception as error:  # whatever a library makes of damage
        words = str(error).removeprefix(f"{path}").replace(f"{path}", path.name).strip(": ")
        return f"cannot be opened: {words or type(error).__name__}"


def _cut(path: Path) -> str | None:
    """Compare a file's size with the one that its first chunk, or its boxes, state."""
    size, stated = path.stat().st_size, 0
    with path.open("rb") as file:
        first = file.read(12)
        if first[:4] == b"RIFF" and (length := int.from_bytes(first[4:8], "little")) not in UNSTATED:
            stated = 8 + length
        while path.suffix.lower() in ISO and stated < size:
            file.seek(stated)
            head = file.read(16)
            length = int.from_bytes(head[:4], "big")
            length = int.from_bytes(head[8:16], "big") if length == 1 else length or size - stated
            if length < 8:
                return f"is damaged after byte {stated}: copy it again"
            stated += length
    if size < stated - SLACK:
        return f"has {size} of the {stated} bytes that it states: copy it again"
    return None


def _sound(path: Path) -> str | None:
    import soundfile

    info = soundfile.info(str(path))
    return None if info.frames and info.samplerate else "holds no sound: copy it again"


def _video(path: Path) -> str | None:
    from lib.features.video import decoded, opened

    with opened(path) as container:
        stream = container.streams.video[0]
        if not any((stream.frames, stream.duration, container.duration)):
            return "states no length: copy it again"
        if next(decoded(container, stream, Counter()), None) is None:
            return "holds no picture that can be decoded: copy it again"
    return None


def _picture(path: Path) -> str | None:
    from PIL import Image

    with Image.open(path) as image:
        smaller = image.width // 8 or 1, image.height // 8 or 1
        image.draft("RGB", smaller)  # faster, and still finds where it is cut
        image.load()
    return None


def _text(path: Path) -> str | None:
    raw = path.read_bytes()
    if not raw.strip():
        return "holds no text: copy it again"
    return "contains bytes of 0: copy it again" if b"\0" in raw else None


def _json(path: Path) -> str | None:
    with path.open("rb") as file:
        file.seek(-min(64, path.stat().st_size), os.SEEK_END)
        ends = file.read().rstrip()[-1:]
    return None if ends in (b"]", b"}") else "ends early: make or copy it again"


OPENED: tuple[tuple[tuple[str, ...], Callable[[Path], str | None]], ...] = (
    ((".wav",), _sound),
    (VIDEOS, _video),
    (PICTURES, _picture),
    ((".txt", ".csv", ".arff"), _text),
    ((".json",), _json),
)


def _transcripts(corpus: Corpus, root: Path, files: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Dialogues of IEMOCAP whose annotation cannot be read, or none of whose utterances has words."""
    if corpus.name != "iemocap":
        return
    for name in files:
        if "/EmoEvaluation/" not in name:
            continue
        words = name.replace("/EmoEvaluation/", "/transcriptions/")
        if not (root / words).is_file():
            yield words, "is missing: copy it again"
            continue
        if damage(root / words):
            continue
        try:
            rows = list(iemocap_annotations.turns(root, root / name))
        except (CorpusError, OSError) as error:
            yield name, str(error).removeprefix(f"{root / name}").strip(", ")
            continue
        if rows and not any(row["transcript"] for row in rows):
            yield words, f"has words for none of the {len(rows)} utterances: copy it again"


def _traces(corpus: Corpus, root: Path, _: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Recordings whose traces, or ratings of individual raters, cannot be read."""
    reader: Any = catalogue.reader(corpus.name)
    if not hasattr(reader, "trace"):
        return
    try:
        rows = reader.read(root).to_dict("records")
    except CorpusError:
        return  # the count that follows says so
    for row in rows:
        for column, read in (("trace", reader.trace), ("ratings", reader.ratings)):
            try:
                with checks.reading(row[column] or ""):
                    read(root, row)
            except CorpusError as error:
                yield row[column], str(error).removeprefix(f"{root / row[column]}").strip(":, ")


def of_labels(reasons: Collection[str]) -> bool:
    """Whether a damaged file may hold labels, so that counts differ without it."""
    return any(PurePosixPath(name).suffix in (".txt", ".csv", ".arff", ".mat", ".h5") for name in reasons)


def with_companions(corpus: Corpus, reasons: Mapping[str, str]) -> dict[str, str]:
    """Damaged files, and what must be left out with them.

    Of IEMOCAP, a dialogue is left out with any file but that of an utterance: without its annotation
    it has no utterances.
    """
    found = dict(reasons)
    for name in reasons if corpus.name == "iemocap" else ():
        path = PurePosixPath(name)
        dialogue = path.parent.name if path.suffix == ".json" else path.stem
        if path.suffix != ".wav":
            session = f"IEMOCAP_full_release/Session{dialogue[4:5]}"
            found.setdefault(f"{session}/dialog/EmoEvaluation/{dialogue}.txt", f"belongs to {name}")
    return found


def absent_classes(corpus: Corpus, reader: ModuleType, root: Path, counts: Mapping[str, int]) -> list[str]:
    """Classes of the catalogue that no sample has; `counts` are those of the reader's check."""
    if not set(corpus.classes) & set(counts) and corpus.classes:
        table = reader.read(root)
        counts = {name: int(table[name].sum()) for name in corpus.classes if name in table}
    return [name for name in corpus.classes if not counts.get(name)]
