"""Feature stores: one memory-mapped Arrow file per corpus and feature."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Kind = Literal["float32", "uint8"]
_TYPES = {"float32": pa.float32(), "uint8": pa.uint8()}


class FeatureWriter:
    """Write features sample by sample; memory does not grow with the corpus.

    It is a context manager. The file, `<feature>.arrow`, gets its name only when the block ends
    without an error, so a store that exists is complete. `metadata` holds JSON-serialisable facts:
    parameters, provenance, names of axes. Pictures are of kind uint8.
    """

    def __init__(self, path: Path, metadata: dict[str, Any], kind: Kind = "float32") -> None:
        self._path = path
        self._kind: Kind = kind
        self._temporary = path.with_name(f".{path.name}.{os.getpid()}")
        lists = {"shape": pa.list_(pa.int32()), "values": pa.list_(_TYPES[kind])}
        facts = {"metadata": json.dumps(metadata, sort_keys=True, allow_nan=False)}
        self._schema = pa.schema({"sample_id": pa.string(), **lists}, facts)
        self._seen: set[str] = set()

    def __enter__(self) -> Self:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._file = pa.OSFile(str(self._temporary), "wb")
        self._writer = pa.ipc.new_file(self._file, self._schema)
        return self

    def write(self, sample_id: str, array: NDArray[Any]) -> None:
        """Append one sample's features.

        Raises
        ------
        ValueError
            If the sample was written before, or has values that are not finite or not bytes.
        """
        if sample_id in self._seen:
            raise ValueError(f"{self._path}: sample {sample_id} is written twice")
        if not np.isfinite(array).all():
            raise ValueError(f"{self._path}: features of sample {sample_id} are not all finite")
        if self._kind == "uint8" and array.dtype != np.uint8:
            raise ValueError(f"{self._path}: sample {sample_id} holds {array.dtype}, not bytes")
        self._seen.add(sample_id)
        values = np.ascontiguousarray(array, dtype=self._kind).ravel()
        shape = pa.array([list(array.shape)], pa.list_(pa.int32()))
        whole = pa.ListArray.from_arrays(pa.array([0, values.size], pa.int32()), values)
        columns = [pa.array([sample_id]), shape, whole]
        self._writer.write_batch(pa.record_batch(columns, schema=self._schema))

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._writer.close()
        self._file.close()
        if kind is None:
            self._temporary.replace(self._path)
        else:
            self._temporary.unlink(missing_ok=True)


class FeatureStore:
    """Read-only, memory-mapped view of a feature store.

    ``store[sample_id]`` is an array, of float32 or bytes, that shares memory with the file.
    Iteration gives sample ids in the order of writing.

    Raises
    ------
    FileNotFoundError
        If the store does not exist; the message says how to make it.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise FileNotFoundError(
                f"no feature store {path}: run the extraction stage that writes it (dvc repro)"
            )
        self._reader = pa.ipc.open_file(pa.memory_map(str(path)))
        self.metadata: dict[str, Any] = json.loads(self._reader.schema.metadata[b"metadata"])
        self._rows = {
            self._reader.get_batch(row).column(0)[0].as_py(): row
            for row in range(self._reader.num_record_batches)
        }

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, sample_id: object) -> bool:
        return sample_id in self._rows

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __getitem__(self, sample_id: str) -> NDArray[Any]:
        batch = self._reader.get_batch(self._rows[sample_id])
        values = batch.column(2).flatten().to_numpy(zero_copy_only=True)
        return values.reshape(batch.column(1)[0].as_py())
