"""Where the project is."""

from pathlib import Path


def project_root(start: Path | None = None) -> Path:
    """Folder of the nearest `params.yaml` at or above `start` (default: the working directory).

    FileNotFoundError if there is none, because the code runs outside the project.
    """
    start = (start or Path.cwd()).resolve()
    for folder in (start, *start.parents):
        if (folder / "params.yaml").is_file():
            return folder
    raise FileNotFoundError(f"no params.yaml in {start} or above it: work inside the project's folder")


def project_path(path: str | Path) -> Path:
    """Absolute path of a file of the project, wherever the kernel was started."""
    return project_root() / path
