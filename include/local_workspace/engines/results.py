"""Rows of a finished statement: one Arrow file whose record batches are the chunks, answered as JSON or Arrow."""

import base64
import datetime
import decimal
import json
import math
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
from pyspark.sql import types as t
from pyspark.sql.pandas.types import from_arrow_schema

_CHUNK_BYTES = 4 * 1024 * 1024
_NAMES = {
    t.ByteType: "BYTE", t.ShortType: "SHORT", t.IntegerType: "INT", t.LongType: "LONG", t.FloatType: "FLOAT",
    t.DoubleType: "DOUBLE", t.DecimalType: "DECIMAL", t.StringType: "STRING", t.BinaryType: "BINARY",
    t.BooleanType: "BOOLEAN", t.DateType: "DATE", t.TimestampType: "TIMESTAMP", t.TimestampNTZType: "TIMESTAMP_NTZ",
    t.ArrayType: "ARRAY", t.MapType: "MAP", t.StructType: "STRUCT", t.NullType: "NULL",
    t.DayTimeIntervalType: "INTERVAL", t.YearMonthIntervalType: "INTERVAL",
}  # fmt: skip


class Result:
    """A result file. `columns` are the manifest's columns; every chunk is one record batch."""

    def __init__(self, path: Path):
        self._path = path

    def write(self, table: pa.Table) -> list[dict]:
        """Keep a table; returns the manifest's chunks: index, offset and number of rows, bytes."""
        per_chunk = max(1, int(table.num_rows * _CHUNK_BYTES / max(table.nbytes, 1)))
        chunks = []
        with pa.OSFile(str(self._path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
            offset = 0
            for batch in table.combine_chunks().to_batches(max_chunksize=per_chunk):
                writer.write_batch(batch)
                chunks.append({"chunk_index": len(chunks), "row_offset": offset, "row_count": batch.num_rows,
                               "byte_count": batch.nbytes})  # fmt: skip
                offset += batch.num_rows
        return chunks

    def batch(self, index: int) -> pa.RecordBatch:
        with pa.memory_map(str(self._path)) as source:
            return pa.ipc.open_file(source).get_batch(index)

    def json_rows(self, index: int) -> list[list[str | None]]:
        """The rows of a chunk as the API's strings."""
        batch = self.batch(index)
        return list(map(list, zip(*(texts(column) for column in batch.columns), strict=True)))

    def arrow_stream(self, index: int) -> bytes:
        """A chunk as an Arrow IPC stream of its own."""
        batch = self.batch(index)
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, batch.schema) as writer:
            writer.write_batch(batch)
        return sink.getvalue().to_pybytes()

    def empty_stream(self, schema: pa.Schema) -> bytes:
        sink = pa.BufferOutputStream()
        pa.ipc.new_stream(sink, schema).close()
        return sink.getvalue().to_pybytes()

    def schema(self) -> pa.Schema:
        with pa.memory_map(str(self._path)) as source:
            return pa.ipc.open_file(source).schema

    def delete(self) -> None:
        self._path.unlink(missing_ok=True)


def columns(schema: pa.Schema) -> list[dict]:
    """The manifest's columns for an Arrow schema: name, position, type_name and type_text as the API names types."""
    described = []
    for position, field in enumerate(from_arrow_schema(schema).fields):
        kind = field.dataType
        column = {"name": field.name, "position": position, "type_name": _NAMES.get(type(kind), "USER_DEFINED_TYPE"),
                  "type_text": kind.simpleString().upper()}  # fmt: skip
        if isinstance(kind, t.DecimalType):
            column |= {"type_precision": kind.precision, "type_scale": kind.scale}
        described.append(column)
    return described


def texts(column: pa.Array) -> Iterator[str | None]:
    return (_text(value) for value in column.to_pylist())


def _text(value) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.datetime):
        if value.tzinfo:
            moment = value.astimezone(datetime.UTC).replace(tzinfo=None)
            return moment.isoformat(timespec="milliseconds") + "Z"
        return value.isoformat(timespec="milliseconds")
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    if isinstance(value, list | dict):
        return json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"))
    return str(value)


def _float(value: float) -> str:
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return "NaN" if math.isnan(value) else repr(value)


def _plain(value):
    """Nested values as JSON has them; Arrow gives a map as a list of pairs."""
    if isinstance(value, list):
        if value and all(isinstance(item, tuple) and len(item) == 2 for item in value):
            return {str(_plain(key)): _plain(item) for key, item in value}
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value if isinstance(value, int | str) or value is None else _text(value)
