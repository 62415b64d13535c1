"""What a reader gave back, or why it did not."""

import ast
import hashlib
import traceback
from pathlib import Path
from typing import Any

import av
import numpy as np
import pandas as pd


def digest(value: Any) -> str:
    """Hash of a result made of numbers, arrays, tables, mappings and sequences."""
    found = hashlib.sha256()

    def add(own: Any) -> None:
        if isinstance(own, pd.DataFrame):
            own = {name: own[name].astype(object).tolist() for name in own}
        if isinstance(own, np.ndarray) and own.dtype != object:
            found.update(f"{own.dtype}{own.shape}".encode() + np.ascontiguousarray(own).tobytes())
        elif isinstance(own, dict):
            for key in own:
                found.update(repr(key).encode("utf-8", "surrogateescape"))
                add(own[key])
        elif isinstance(own, list | tuple | np.ndarray):
            found.update(f"{len(own)}".encode())
            for each in own:
                add(each)
        else:
            found.update(repr(own).encode("utf-8", "surrogateescape"))

    add(value)
    return found.hexdigest()


def not_finite(value: Any, missing: bool = False) -> bool:
    """Whether a number anywhere in a result is infinite, or NaN unless values may be missing."""
    if isinstance(value, pd.DataFrame):
        value = value.select_dtypes("number").to_numpy(float)
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return any(not_finite(each, missing) for each in value)
    if isinstance(value, float | np.floating) or (isinstance(value, np.ndarray) and value.dtype.kind == "f"):
        return bool((np.isinf(value) if missing else ~np.isfinite(value)).any())
    return False


def asked_for_memory(error: BaseException | None) -> bool:
    """Whether memory could not be had; limits that Python's parser and FFmpeg set themselves do not count."""
    first = error
    while first is not None and (cause := first.__cause__ or first.__context__):
        first = cause
    if isinstance(first, av.error.FFmpegError):  # it refuses to allocate 2 GiB whatever there is
        return False
    while error is not None:
        last = traceback.extract_tb(error.__traceback__)[-1:] if error.__traceback__ else []
        in_parser = bool(last) and Path(last[0].filename) == Path(ast.__file__)
        text = str(error).lower()
        if (isinstance(error, MemoryError) and not in_parser) or "allocate" in text or "bad_alloc" in text:
            return True
        error = error.__cause__ or error.__context__
    return False
