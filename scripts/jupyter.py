"""Set JupyterLab and git up for this project's notebooks: ``python -m scripts.jupyter``."""

import argparse
import json
import subprocess
import sys
from pathlib import Path

from lib.files import write_text
from lib.jupyter import CELL_KEYS, VERSION_KEYS
from lib.processor import ENVIRONMENT

HOOK = "lib.jupyter.before_save"
PREFIX = Path(sys.prefix)
SERVER_CONFIG = "etc/jupyter/jupyter_server_config.json"
KERNEL_SPEC = "share/jupyter/kernels/python3/kernel.json"


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
    argparse.ArgumentParser("python -m scripts.jupyter", description=set_up.__doc__).parse_args()
    set_up()
