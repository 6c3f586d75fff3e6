"""Arrow columns from numpy arrays, without a Python object for each row."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

_HEX = np.array([f"{number:04x}".encode() for number in range(1 << 16)], dtype="S4").view(np.uint32)
_PREFIX = np.frombuffer(b"txn_", np.uint32)[0]
_ID_BYTES = 20
_FIRST_FACTOR, _SECOND_FACTOR = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


def labels(values: Sequence[str] | pa.Array, numbers: np.ndarray, missing: np.ndarray | None = None) -> pa.Array:
    """The value of each number; NULL where `missing`."""
    values = values if isinstance(values, pa.Array) else pa.array(values)
    return values.take(pa.array(numbers, mask=missing))


def ids(numbers: np.ndarray, missing: np.ndarray | None = None) -> pa.Array:
    """`txn_` and 16 hex digits for 64-bit numbers; NULL where `missing`. Distinct numbers give distinct ids.

    The numbers are mixed by the finaliser of splitmix64 (Steele, Lea and Flood, 2014), which is a bijection.
    """
    mixed = (numbers ^ (numbers >> np.uint64(30))) * _FIRST_FACTOR
    mixed = (mixed ^ (mixed >> np.uint64(27))) * _SECOND_FACTOR
    mixed ^= mixed >> np.uint64(31)
    text = np.empty((len(numbers), _ID_BYTES // 4), np.uint32)
    text[:, 0] = _PREFIX
    for part in range(4):
        text[:, part + 1] = _HEX[(mixed >> np.uint64(48 - 16 * part)).astype(np.uint16)]
    offsets = np.arange(0, _ID_BYTES * len(numbers) + 1, _ID_BYTES, dtype=np.int32)
    made = pa.StringArray.from_buffers(len(numbers), pa.py_buffer(offsets), pa.py_buffer(text))
    if missing is None:
        return made
    return made.take(pa.array(np.arange(len(numbers), dtype=np.int32), mask=missing))
