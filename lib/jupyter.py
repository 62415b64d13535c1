"""Keep notebooks free of outputs for git and DVC, and their kernels held to one processor."""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from lib.files import write_text, written
from lib.params import project_root
from lib.processor import ENVIRONMENT

SCRATCH = "outputs/scratch"
HOOK = "lib.jupyter.before_save"
PREFIX = Path(sys.prefix)
SERVER_CONFIG = "etc/jupyter/jupyter_server_config.json"
KERNEL_SPEC = "share/jupyter/kernels/python3/kernel.json"
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
LANGUAGE = "codemirror_mode file_extension mimetype nbconvert_exporter pygments_lexer version"
VERSION_KEYS = [f"metadata.language_info.{key}" for key in LANGUAGE.split()]
CELL_KEYS = [f"cell.metadata.{key}" for key in ("execution", "collapsed", "scrolled", "jupyter")]


def stripped(notebook: dict[str, Any]) -> dict[str, Any]:
    """The form of a notebook that is committed: its ids, but no outputs, counts or versions."""
    import nbformat
    from nbstripout import strip_output

    clean = strip_output(
        nbformat.from_dict(notebook),
        keep_output=False,
        keep_count=False,
        keep_id=True,
        extra_keys=[*VERSION_KEYS, *CELL_KEYS],
    )
    clean["metadata"]["kernelspec"] = KERNEL
    return clean


def before_save(model: dict[str, Any], path: str, contents_manager: Any, **_: Any) -> None:
    """Save a notebook of the project stripped, and a copy with outputs in the scratch folder.

    JupyterLab calls it before it writes a file. What is open in the browser keeps its outputs.
    """
    import nbformat

    if model["type"] != "notebook" or model["content"]["nbformat"] != 4:
        return
    file = Path(contents_manager.root_dir, path.strip("/")).resolve()
    try:
        root = project_root(file.parent)
    except FileNotFoundError:
        return
    if not file.is_relative_to(root / "notebooks"):
        return
    copy = root / SCRATCH / file.relative_to(root / "notebooks")
    copy.parent.mkdir(parents=True, exist_ok=True)
    with written(copy) as own:
        nbformat.write(nbformat.from_dict(model["content"]), own)
    model["content"] = stripped(model["content"])


def set_up() -> None:
    """Install JupyterLab's hook in this environment and the git filter of `.gitattributes`.

    The filter keeps outputs out of commits where notebooks are saved by other editors. The kernel
    gets the variables of `lib.processor`, so that a notebook run by hand computes what the pipeline
    computes.
    """
    command = f'"{sys.executable}" -m nbstripout --keep-id'
    options = {"clean": command, "smudge": "cat", "extrakeys": " ".join(VERSION_KEYS + CELL_KEYS)}
    if subprocess.run(["git", "rev-parse", "--git-dir"], capture_output=True).returncode == 0:
        for name, value in options.items():
            subprocess.run(["git", "config", f"filter.nbstripout.{name}", value], check=True)
    _merge(PREFIX / SERVER_CONFIG, "FileContentsManager", {"pre_save_hook": HOOK})
    if (PREFIX / KERNEL_SPEC).is_file():
        _merge(PREFIX / KERNEL_SPEC, "env", ENVIRONMENT)


def _merge(path: Path, key: str, values: dict[str, str]) -> None:
    """Set values below a key of a JSON file, and keep all others.

    The file is replaced, not written in place: installers link files to their cache.
    """
    content = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    content.setdefault(key, {}).update(values)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, json.dumps(content, indent=1) + "\n")


if __name__ == "__main__":
    argparse.ArgumentParser("python -m lib.jupyter", description=set_up.__doc__).parse_args()
    set_up()
