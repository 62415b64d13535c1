"""A copy is put in its place, params.yaml and data.dvc follow; if a step fails, all are as before."""

import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from lib import files as whole_files
from lib.corpora import provenance
from lib.corpora.catalogue import Corpus, CorpusError
from scripts.corpora import parameters, placing


def put(corpus: Corpus, place: Path, data: Path, dvc: bool, profile: str | None = None) -> None:
    """Put a copy in place, enter it in params.yaml and version `data`; undo all if a step fails.

    `profile` is the text of the corpus's own profile.
    """
    new, old, target = place / placing.NEW, place / placing.OLD, data / corpus.name
    params, data_dvc = data.with_name("params.yaml"), data.with_name(f"{data.name}.dvc")
    with ExitStack() as undo:  # runs backwards unless all steps succeed
        for path in (params, data_dvc, data.with_name(".gitignore")):
            if path.is_file():
                undo.callback(whole_files.write_bytes, path, path.read_bytes())
            else:
                undo.callback(path.unlink, missing_ok=True)
        if not data.is_dir():
            data.mkdir()
            undo.callback(data.rmdir)
        if new.is_dir():
            if target.exists():
                target.rename(old)
                undo.callback(old.rename, target)
            new.rename(target)
            undo.callback(target.rename, new)
        if corpus.lists:
            text = parameters.with_corpus(params, corpus).encode()
            if text != params.read_bytes():
                whole_files.write_bytes(params, text)
        own_profile = data.parent / "profiles" / f"{corpus.name}.yaml"
        if profile is not None and not own_profile.exists():
            undo.callback(own_profile.unlink, missing_ok=True)
            own_profile.parent.mkdir(exist_ok=True)
            whole_files.write_text(own_profile, profile)
        if dvc:
            placing.save(place, data_dvc)
            _dvc_add(data)
        undo.pop_all()


def require_ready(source: Path, root: Path, target: Path, dvc: bool) -> None:
    """Raise CorpusError if a copy would lie in its own source, or `data` was never pulled."""
    data = target.parent
    if root == target or target in root.parents:
        raise CorpusError(f"{source} is inside {target}, to which the corpus would be copied")
    if dvc and data.with_name(f"{data.name}.dvc").is_file() and not data.is_dir():
        raise CorpusError(f"no {data}, although {data.name}.dvc versions it: run `dvc pull` first")


def require_replaceable(target: Path) -> None:
    """Raise CorpusError unless the target is absent or a synthetic corpus."""
    if not target.exists():
        return
    try:
        origin = provenance.read(target)
    except CorpusError as error:
        raise CorpusError(f"{target} exists and its origin is unknown: move it away\n{error}") from None
    if not origin.is_synthetic:
        raise CorpusError(
            f"{target} already is a real corpus (version {origin.version}): to replace "
            "it, delete that folder and run this again; to return to the committed state, run "
            "`git checkout data.dvc params.yaml` and `dvc checkout`"
        )


def _dvc_add(data: Path) -> None:
    command = [sys.executable, "-m", "dvc", "--wait-for-lock", "add", data.name]
    done = subprocess.run(command, cwd=data.parent, capture_output=True, text=True)
    if done.returncode:
        why = done.stderr.rpartition("ERROR: ")[2].strip()
        raise CorpusError(
            f"`dvc add {data.name}` failed with exit code {done.returncode}: nothing is changed\n{why}"
        )
