"""Version of a corpus: a digest of its files, which its provenance states."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

HASHED_BYTES = 1 << 20
"""A version depends on the content of files up to this size, and on the size of larger ones."""


def version_of(folder: Path, files: Iterable[str]) -> str:
    """First 16 hexadecimal digits of the SHA-256 over a corpus's files.

    Hashed are the sorted paths (relative to `folder`, with forward slashes), each with its size
    and, up to `HASHED_BYTES`, with its content.
    """
    digest = hashlib.sha256()
    for name in sorted(files):
        path = folder / name
        size = path.stat().st_size
        digest.update(f"{name}\0{size}\0".encode())
        if size <= HASHED_BYTES:
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]
