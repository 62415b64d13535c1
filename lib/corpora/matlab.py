"""MATLAB files of versions 5 to 7, whose types and sizes are checked before scipy believes them."""

import struct
import zlib
from collections.abc import Iterable, Iterator
from math import prod
from pathlib import Path
from typing import Any

CELL, STRUCT, INT8, INT32, UINT32, MATRIX, PACKED = 1, 2, 1, 5, 6, 14, 15
PLAIN = {*range(1, 8), 9, 12, 13, 16, 17, 18}
"""Types of numbers and text. CELL and STRUCT are classes of arrays; the others hold numbers or text."""


def load(path: Path) -> dict[str, Any]:
    """Variables of a file, as from `scipy.io.loadmat` with ``simplify_cells``.

    Raises ValueError, or another error of a library, if the file is damaged or holds objects.
    """
    from scipy.io import loadmat

    raw = memoryview(path.read_bytes())
    if raw[124:128] not in (b"\0\1IM", b"\1\0MI"):
        raise ValueError("its header is not that of a MATLAB file of version 5 to 7")
    order = "<" if raw[126:127] == b"I" else ">"
    _require(_elements(raw[128:], order), order, {MATRIX, PACKED})
    return loadmat(path, simplify_cells=True)


def _elements(raw: memoryview, order: str) -> Iterator[tuple[int, memoryview]]:
    """Type and content of elements that follow each other; ValueError if one is longer than what is left."""
    place = 0
    while place < len(raw):
        kind, size = struct.unpack_from(f"{order}II", raw, place)
        start, end = place + 8, place + 8 + size
        if small := kind >> 16:  # type and content in eight bytes
            kind, start, end = kind & 0xFFFF, place + 4, place + 4 + small
        if end > len(raw) or small > 4:
            raise ValueError(f"an element declares {end - start} bytes, of {len(raw) - start} that there are")
        yield kind, raw[start:end]
        place = place + 8 if small else end if kind == PACKED else end + -end % 8


def _require(elements: Iterable[tuple[int, memoryview]], order: str, kinds: set[int]) -> None:
    """ValueError if an element has another type than `kinds`, or an array is not what it declares."""
    for kind, content in elements:
        if kind not in kinds:
            raise ValueError(f"an element has the type {kind}, not one of {sorted(kinds)}")
        if kind == PACKED:
            _require(_elements(memoryview(zlib.decompress(content)), order), order, {MATRIX})
        elif kind == MATRIX and content:
            _require_array(content, order)


def _require_array(raw: memoryview, order: str) -> None:
    parts = list(_elements(raw, order))
    names = [UINT32, INT32, INT8]
    (flags,), first = struct.unpack_from(f"{order}I", parts[0][1]), 3
    if (form := flags & 255) == STRUCT:
        names, first = [*names, INT32, INT8], 5
    if [kind for kind, _ in parts[:first]] != names or not (form in (CELL, STRUCT, 4) or 6 <= form <= 15):
        raise ValueError(f"an array is of class {form}, or lacks its dimensions or names")
    sizes = struct.unpack(f"{order}{len(parts[1][1]) // 4}i", parts[1][1])
    if not 2 <= len(sizes) <= 32 or min(sizes) < 0 or prod(sizes) > len(raw):
        raise ValueError(f"an array declares the shape {sizes} in {len(raw)} bytes")
    _require(parts[first:], order, {MATRIX} if form in (CELL, STRUCT) else PLAIN)
