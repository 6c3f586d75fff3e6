"""People's own parquet files as JSON lines: whatever their columns and types are, every row becomes one text.

`json_lines` runs in Spark's Python workers. A row that cannot be used is then told apart field by field, like one that
came as JSON, and columns that we do not know are kept in the text.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from .files import local

COLUMNS = "value STRING, _source_file STRING"
"""What `json_lines` makes of the columns `path` (in a volume) and `_source_file`."""
_ROWS = 4096
_SCHEMA = pa.schema([("value", pa.string()), ("_source_file", pa.string())])
_log = logging.getLogger(__name__)


def json_lines(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The rows of each file as JSON objects, with the name under which the file is known.

    A file that cannot be read gives no line; one that breaks off gives what could be read of it and a last line, no
    JSON, that says where.
    """
    for batch in batches:
        for path, known_as in zip(batch["path"].to_pylist(), batch["_source_file"].to_pylist(), strict=True):
            for lines in _lines(path):
                yield pa.record_batch([pa.array(lines, pa.string()), [known_as] * len(lines)], schema=_SCHEMA)


def _lines(path: str) -> Iterator[list[str]]:
    rows = 0
    try:
        with pq.ParquetFile(local(path)) as file:
            for batch in file.iter_batches(_ROWS):
                yield [json.dumps(row, default=_text, ensure_ascii=False) for row in _plain(batch).to_pylist()]
                rows += len(batch)
    except (pa.ArrowException, OSError) as error:
        _log.warning("%s cannot be read from row %d on: %s", path, rows + 1, error)
        if rows:
            yield [f"unreadable from row {rows + 1} on: {error}"]


def _plain(batch: pa.RecordBatch) -> pa.RecordBatch:
    """NaN is how many tools write a missing number; nanoseconds are more than Python and Spark know."""
    columns = []
    for column in batch.columns:
        if pa.types.is_float32(column.type) or pa.types.is_float64(column.type):
            column = pc.if_else(pc.is_nan(column), None, column)
        elif pa.types.is_timestamp(column.type) and column.type.unit == "ns":
            column = column.cast(pa.timestamp("us", column.type.tz), safe=False)
        columns.append(column)
    return pa.record_batch(columns, names=batch.schema.names)


def _text(value: object) -> str:
    """What JSON has no type for."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    if isinstance(value, Decimal | timedelta):
        return str(value)
    return repr(value)
