"""Feature stores: one memory-mapped Arrow file per corpus and feature, a checksum for each sample."""

import json
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lib import files
from lib.content import FileError

Kind = Literal["float32", "uint8"]
_TYPES = {"float32": pa.float32(), "uint8": pa.uint8()}


class FeatureStoreError(FileError):
    """A feature store is damaged, or was written by an earlier version."""


def _checksum(sample_id: str, shape: list[int], values: NDArray[Any]) -> int:
    """CRC-32 of a sample's name, shape and bytes."""
    return zlib.crc32(values.data, zlib.crc32(f"{sample_id}\0{shape}".encode()))


class FeatureWriter:
    """Write features sample by sample; memory does not grow with the corpus.

    It is a context manager. The file, `<feature>.arrow`, gets its name only when the block ends
    without an error, so a store that exists is complete. `metadata` holds JSON-serialisable facts:
    parameters, provenance, names of axes. Pictures are of kind uint8.
    """

    def __init__(self, path: Path, metadata: dict[str, Any], kind: Kind = "float32") -> None:
        self._path = path
        self._kind: Kind = kind
        lists = {"shape": pa.list_(pa.int32()), "values": pa.list_(_TYPES[kind]), "crc32": pa.uint32()}
        facts = {"metadata": json.dumps(metadata, sort_keys=True, allow_nan=False)}
        self._schema = pa.schema({"sample_id": pa.string(), **lists}, facts)
        self._seen: set[str] = set()

    def __enter__(self) -> Self:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with ExitStack() as opened:
            own = opened.enter_context(files.written(self._path))
            file = opened.enter_context(pa.OSFile(str(own), "wb"))
            self._writer = opened.enter_context(pa.ipc.new_file(file, self._schema))
            self._opened = opened.pop_all()
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
        crc = pa.array([_checksum(sample_id, list(array.shape), values)], pa.uint32())
        whole = pa.ListArray.from_arrays(pa.array([0, values.size], pa.int32()), values)
        columns = [pa.array([sample_id]), shape, whole, crc]
        self._writer.write_batch(pa.record_batch(columns, schema=self._schema))

    def __exit__(self, *error: Any) -> None:
        self._opened.__exit__(*error)


def _written(path: Path) -> int:
    """Samples that follow each other in a file, whatever its table at the end lists."""
    with pa.memory_map(str(path)) as file:
        file.seek(8)  # behind the mark of the format
        return sum(1 for _ in pa.ipc.open_stream(file))


class FeatureStore:
    """Read-only, memory-mapped view of a feature store.

    ``store[sample_id]`` is an array, of float32 or bytes, that shares memory with the file.
    Iteration gives sample ids in the order of writing. A sample is compared with its checksum when
    it is first read. A damaged store is set aside as ``<name>.damaged-<n>``, so that its stage runs
    again; it stays where the system fails to read it, whose error passes (no memory, a lost disk).

    Raises
    ------
    FileNotFoundError
        If the store does not exist; the message says how to make it.
    FeatureStoreError
        If the store is damaged or of an earlier version, at once or when a sample is read.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise FileNotFoundError(
                f"no feature store {path}: run the extraction stage that writes it (dvc repro)"
            )
        self._path = path
        self._checked: set[str] = set()
        with self._reading("its table of samples"):
            self._reader = pa.ipc.open_file(pa.memory_map(str(path)))
            kinds = [self._reader.schema.field(name).type for name in ("sample_id", "shape", "crc32")]
            if kinds != [pa.string(), pa.list_(pa.int32()), pa.uint32()]:
                raise ValueError(f"columns of {kinds}")
            self.metadata: dict[str, Any] = json.loads(self._reader.schema.metadata[b"metadata"])
            self._rows = {self._name(row): row for row in range(self._reader.num_record_batches)}
            if len(self._rows) != self._reader.num_record_batches:
                raise ValueError("a sample stands there twice")
            if len(self._rows) != _written(path):
                raise ValueError("it does not list all samples that follow each other in the file")

    def _name(self, row: int) -> str:
        names = self._reader.get_batch(row).column(0)
        names.validate(full=True)
        return names[0].as_py()

    @contextmanager
    def _reading(self, what: str) -> Iterator[None]:
        """Set the store aside if an error tells that it is damaged."""
        try:
            yield
        except Exception as error:
            if files.failed(error):
                raise
            aside: Path | str = "there"
            with suppress(OSError):
                aside = files.set_aside(self._path)
            raise FeatureStoreError(
                f"{self._path}: {what} is damaged, or of an earlier version ({error}): it lies "
                f"{aside} now, and `make repro` writes it again"
            ) from error

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, sample_id: object) -> bool:
        return sample_id in self._rows

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __getitem__(self, sample_id: str) -> NDArray[Any]:
        row = self._rows[sample_id]
        with self._reading(f"sample {sample_id}"):
            batch = self._reader.get_batch(row)
            if sample_id not in self._checked:
                batch.validate(full=True)
            values = batch.column(2).flatten().to_numpy(zero_copy_only=True)
            shape = batch.column(1)[0].as_py()
            if sample_id not in self._checked:
                if batch.column(3)[0].as_py() != _checksum(sample_id, shape, values):
                    raise ValueError("its bytes differ from their checksum")
                self._checked.add(sample_id)
            return values.reshape(shape)
