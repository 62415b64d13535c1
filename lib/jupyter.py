"""Keep notebooks free of outputs for git and DVC."""

from pathlib import Path
from typing import Any

from lib.files import written
from lib.params import project_root

SCRATCH = "outputs/scratch"
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
