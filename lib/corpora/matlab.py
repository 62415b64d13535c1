"""MATLAB files of versions 5 to 7, whose types and sizes are checked before scipy reads them."""

import struct
import zlib
from collections.abc import Iterable, Iterator
from math import prod
from pathlib import Path
from typing import Any

INT8, INT32, UINT32, MATRIX, PACKED = 1, 5, 6, 14, 15  # types of elements
PLAIN = {*range(1, 8), 9, 12, 13, 16, 17, 18}  # of numbers and text
CELL, STRUCT, TEXT = 1, 2, 4  # classes of arrays
FORMS = {CELL, STRUCT, TEXT, *range(6, 16)}
COMPLEX = 0x800  # flag of an array with an imaginary part


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
            raise ValueError(f"an element declares {end - start} bytes, but only {len(raw) - start} follow")
        yield kind, raw[start:end]
        place = place + 8 if small else end if kind == PACKED else end + -end % 8


def _require(elements: Iterable[tuple[int, memoryview]], order: str, kinds: set[int]) -> None:
    """ValueError if an element has another type than `kinds`, or an array is not what it declares."""
    for kind, raw in elements:
        if kind not in kinds:
            raise ValueError(f"an element has the type {kind}, not one of {sorted(kinds)}")
        if kind == PACKED:
            _require(_elements(memoryview(zlib.decompress(raw)), order), order, {MATRIX})
        elif kind == MATRIX and raw:
            parts = list(_elements(raw, order))
            flags = struct.unpack_from(f"{order}I", parts[0][1])[0]
            form = flags & 255
            sizes = struct.unpack(f"{order}{len(parts[1][1]) // 4}i", parts[1][1])
            first = [UINT32, INT32, INT8, *[INT32, INT8] * (form == STRUCT)]
            known = form in FORMS and [part for part, _ in parts[: len(first)]] == first
            if not known or not 2 <= len(sizes) <= 32 or min(sizes) < 0 or prod(sizes) > len(raw):
                raise ValueError(f"an array of class {form} declares the shape {sizes} in {len(raw)} bytes")
            held, wanted = len(parts) - len(first), prod(sizes) if form in (CELL, STRUCT) else 1
            if form == STRUCT:
                wanted *= len(parts[4][1]) // max(1, struct.unpack(f"{order}i", parts[3][1])[0])  # fields
            if held != wanted:
                raise ValueError(
                    f"an array of class {form} and the shape {sizes} has {held} parts, not {wanted}"
                )
            if flags & COMPLEX:
                raise ValueError("an array is declared to be complex")
            _require(parts[len(first) :], order, {MATRIX} if form in (CELL, STRUCT) else PLAIN)
