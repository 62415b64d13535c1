"""Refuse to commit media and files of licensed corpora; a git hook and `make lint` call it.

Without an option it checks all files that git tracks.
"""

import argparse
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from lib.corpora import catalogue
from lib.files import written

MEDIA = re.compile(
    rb"RI(?:FF|FX).{4}(?:WAVE|AVI |WEBP)|RF64.{4}WAVE|.{4}(?:ftyp|moov|mdat)|\x1aE\xdf\xa3|\0\0\x01[\xb3\xba]"
    rb"|0&\xb2u|fLaC|OggS|ID3|\xff[\xfa\xfb\xf3]|\xff\xd8\xff|\x89PNG|GIF8|BM.{4}\0{4}|II\*\0|MM\0\*"
    rb"|\x89HDF|MATLAB [57]|\x93NUMPY|PAR1|ARROW1|PK\x03\x04|\x1f\x8b|7z\xbc\xaf|Rar!|BZh[1-9]",
    re.DOTALL,
)
"""First bytes of sound, video, pictures, and of files and archives that may hold them."""
SUFFIXES = frozenset(
    ".wav .flac .ogg .mp3 .m4a .aac .wma .avi .mp4 .mov .mkv .mpg .mpeg .wmv .webm .jpg .jpeg .png .gif .bmp "
    ".tif .tiff .webp .h5 .hdf5 .mat .npy .npz .parquet .arrow .pt .pth .safetensors .zip .tar .gz .tgz .7z "
    ".rar .bz2".split()
)
FIGURES = re.compile(r"reports/(figures|papers|open_data/.+/figures|replication/\w+/figures)/[^/]+\.png")
"""Pictures that the project keeps in git: drawn from results."""
RESULTS, READERS, SAMPLE = "reports/", ("lib/corpora/", "scripts/", "tests/"), ".dvc/sample/files/md5/"
HALF = ".dvc/tmp/paper"
"""Folder that is there while `make paper` places its files (`scripts.paper.placing`)."""
HOOK = "pre-commit"
MARK = "# written by python -m scripts.guard"
ADVICE = """\
Take them out of the commit: git restore --staged <file>. Recordings belong to data/, where `make corpus`
puts them and git ignores them; of results, git keeps tables and the figures of reports/figures."""


def reason(path: str, first: bytes) -> str | None:
    """Why a file must not be committed, by its path in the repository and its first bytes; or None."""
    if path.startswith(SAMPLE):
        return None  # see `unlisted`
    if path.startswith("data/"):
        return "is in data/, the folder of the corpora"
    if FIGURES.fullmatch(path):
        return None
    if (corpus := licensed(path)) is not None:
        return f"has a name of the licensed corpus {corpus}"
    if PurePosixPath(path).suffix.lower() in SUFFIXES or MEDIA.match(first):
        return "is sound, video, a picture, an array or an archive"
    return None


def licensed(path: str) -> str | None:
    """Licensed corpus in whose layout a path lies, or in a folder of whose name; None if in none."""
    if path.startswith((RESULTS, *READERS)):
        folders: tuple[str, ...] = ()
    else:
        folders = PurePosixPath(path).parts[:-1]
    for name in catalogue.names():
        corpus = catalogue.get(name)
        if corpus.kind != "licensed":
            continue
        if name in folders or _in_layout(path, corpus.layout):
            return name
    return None


def _in_layout(path: str, layout: Iterable[str]) -> bool:
    """Whether the end of a path is one of a layout's that has a folder of its own."""
    patterns = [pattern.replace("**/", "") for pattern in layout if "/" in pattern.replace("**/", "")]
    return any(fnmatchcase(f"/{path}", f"*/{pattern}") for pattern in patterns)


def unlisted(objects: Mapping[str, bytes]) -> dict[str, str]:
    """Objects of the remote inside the repository that belong to no synthetic corpus, with the reason.

    `objects` are all that the repository would hold, by path. Lists of folders (``.dir``) say what each
    object is; a corpus is synthetic if its PROVENANCE.json, an object too, says so.
    """
    allowed = set()
    for name, content in objects.items():
        if not name.endswith(".dir"):
            continue
        entries = {entry["relpath"]: _object(entry["md5"]) for entry in json.loads(content)}
        origins = {path.split("/")[0]: entries[path] for path in entries if path.endswith("/PROVENANCE.json")}
        kinds = {
            corpus: json.loads(objects.get(place, b"{}")).get("kind") for corpus, place in origins.items()
        }
        synthetic = {path for path in entries if kinds.get(path.split("/")[0]) == "synthetic"}
        allowed |= {entries[path] for path in synthetic}
        if synthetic == set(entries):
            allowed.add(name)
    what = "belongs to no synthetic corpus: `dvc push` put it into the remote inside the repository"
    return {name: what for name in objects if name not in allowed}


def _object(md5: str) -> str:
    return f"{SAMPLE}{md5[:2]}/{md5[2:]}"


def git(*arguments: str, given: bytes | None = None) -> bytes:
    """Output of a command of git."""
    return subprocess.run(["git", *arguments], input=given, capture_output=True, check=True).stdout


def tracked() -> dict[str, str]:
    """Files in git's index and the objects of their content; links and submodules are none."""
    rows = git("ls-files", "-s", "-z", "--full-name", ":/").decode("utf-8", "surrogateescape").split("\0")
    files = (row.partition("\t") for row in rows if row.startswith("100"))
    return {path: about.split()[1] for about, _, path in files}


def contents(files: Mapping[str, str]) -> Iterator[tuple[str, bytes]]:
    """Content of each file by its path."""
    output = git("cat-file", "--batch", given="".join(f"{name}\n" for name in files.values()).encode())
    place = 0
    for path in files:
        end = output.index(b"\n", place)
        size = int(output[place:end].split()[-1])
        yield path, output[end + 1 : end + 1 + size]
        place = end + size + 2


def refused(staged: bool) -> dict[str, str]:
    """Reason for each file that must not be committed: of all tracked files, or of those changed."""
    files = tracked()
    wanted = set(files)
    if staged:
        changed = git("diff", "--cached", "--name-only", "--no-renames", "--diff-filter=d", "-z")
        wanted = set(changed.decode("utf-8", "surrogateescape").split("\0"))
    own = {path: name for path, name in files.items() if path in wanted}
    found = {path: what for path, content in contents(own) if (what := reason(path, content[:512]))}
    if any(path.startswith(SAMPLE) for path in own):
        sample = dict(contents({path: name for path, name in files.items() if path.startswith(SAMPLE)}))
        found |= {path: what for path, what in unlisted(sample).items() if path in own}
    return dict(sorted(found.items()))


def install() -> str:
    """Install the hook in this repository, unless there is another; returns what was done.

    The hook calls this module with the Python that installs it.
    """
    try:
        hook = Path(
            git("rev-parse", "--path-format=absolute", "--git-path", f"hooks/{HOOK}").decode().strip()
        )
        common = Path(git("rev-parse", "--path-format=absolute", "--git-common-dir").decode().strip())
    except (subprocess.CalledProcessError, FileNotFoundError):
        return "no repository of git: no hook is installed"
    call = "python -m scripts.guard --staged"
    if not hook.is_relative_to(common):
        return f"core.hooksPath leads to {hook.parent}: let its {HOOK} call `{call}`, which refuses media"
    if hook.exists() and MARK not in hook.read_text(encoding="utf-8", errors="replace"):
        return f"{hook} is not the project's and stays: let it call `{call}`, which refuses media"
    python = shlex.quote(sys.executable)
    hook.parent.mkdir(parents=True, exist_ok=True)
    with written(hook) as own:
        own.write_text(
            f"#!/bin/sh\n{MARK}\ntest -f scripts/guard.py || exit 0\n"
            f"test -x {python} || {{ echo 'the environment is gone: run make setup'; exit 1; }} >&2\n"
            f"exec {python} -m scripts.guard --staged\n",
            encoding="utf-8",
        )
        own.chmod(0o755)
    return f"git's hook {HOOK} refuses media and files of licensed corpora"


def main() -> None:
    """Command line; the exit status is 1 if a file is refused."""
    parser = argparse.ArgumentParser("python -m scripts.guard", description=__doc__)
    parser.add_argument("--staged", action="store_true", help="check only files that the commit changes")
    parser.add_argument("--install", action="store_true", help="install git's hook, unless there is another")
    options = parser.parse_args()
    if options.install:
        print(install())
        return
    if options.staged and Path(git("rev-parse", "--show-toplevel").decode().strip(), HALF).is_dir():
        sys.exit("make paper was interrupted: the same call removes what it had written, then commit")
    found = refused(options.staged)
    for path, what in found.items():
        print(f"{path} {what}", file=sys.stderr)
    if found:
        print(f"{len(found)} files must not be committed. {ADVICE}", file=sys.stderr)
    sys.exit(int(bool(found)))


if __name__ == "__main__":
    main()
