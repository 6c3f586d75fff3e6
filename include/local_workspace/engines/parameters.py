"""Named and typed parameters of a SQL statement, as Spark literals."""

import datetime
import decimal
import re

from pyspark.sql import types as t
from pyspark.sql.connect.column import Column
from pyspark.sql.connect.expressions import LiteralExpression

from ..errors import invalid

_TYPES = {
    "STRING": (t.StringType(), str), "BOOLEAN": (t.BooleanType(), None), "BYTE": (t.ByteType(), int),
    "TINYINT": (t.ByteType(), int), "SHORT": (t.ShortType(), int), "SMALLINT": (t.ShortType(), int),
    "INT": (t.IntegerType(), int), "INTEGER": (t.IntegerType(), int), "LONG": (t.LongType(), int),
    "BIGINT": (t.LongType(), int), "FLOAT": (t.FloatType(), float), "DOUBLE": (t.DoubleType(), float),
    "DATE": (t.DateType(), datetime.date.fromisoformat), "TIMESTAMP": (t.TimestampType(), None),
    "TIMESTAMP_NTZ": (t.TimestampNTZType(), datetime.datetime.fromisoformat), "VOID": (t.NullType(), None),
}  # fmt: skip
_BOUNDS = {t.ByteType: 7, t.ShortType: 15, t.IntegerType: 31, t.LongType: 63}
_DECIMAL = re.compile(r"DECIMAL(?:\((\d{1,2})(?:,\s*(\d{1,2}))?\))?")


def bind(parameters: list) -> dict[str, Column]:
    """`[{"name", "value", "type"}]` as Spark literals by name. Raises 400 for what does not fit its type."""
    bound = {}
    for item in parameters:
        if not isinstance(item, dict) or not item.get("name"):
            raise invalid("Every statement parameter needs a name; positional parameters are not supported.")
        name, given = str(item["name"]), str(item.get("type") or "STRING").upper()
        if name in bound:
            raise invalid(f"The statement parameter {name!r} is given twice.")
        kind, convert = _type(name, given)
        bound[name] = Column(LiteralExpression(_value(name, item.get("value"), given, kind, convert), kind))
    return bound


def _type(name: str, given: str):
    if match := _DECIMAL.fullmatch(given):
        return t.DecimalType(int(match[1] or 10), int(match[2] or 0)), decimal.Decimal
    if given not in _TYPES:
        raise invalid(f"Parameter {name!r} has the type {given!r}; known types: {', '.join(_TYPES)}, DECIMAL(p,s).")
    return _TYPES[given]


def _value(name: str, value, given: str, kind: t.DataType, convert):
    if value is None or isinstance(kind, t.NullType):
        return None
    try:
        text = str(value)
        if isinstance(kind, t.BooleanType):
            return {"true": True, "false": False}[text.lower()]
        if isinstance(kind, t.TimestampType):
            moment = datetime.datetime.fromisoformat(text)
            return moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)
        converted = convert(text)
        bits = _BOUNDS.get(type(kind))
        if bits and not -(2**bits) <= converted < 2**bits:
            raise ValueError("out of range")
        return converted
    except (ValueError, KeyError, decimal.InvalidOperation) as error:
        raise invalid(f"Parameter {name!r}: {value!r} is not a {given}.") from error
