"""Spark's types as the Unity Catalog API names them."""

import json

from pyspark.sql.types import (
    ArrayType,
    BinaryType,
    BooleanType,
    ByteType,
    DataType,
    DateType,
    DayTimeIntervalType,
    DecimalType,
    DoubleType,
    FloatType,
    IntegerType,
    LongType,
    MapType,
    NullType,
    ShortType,
    StringType,
    StructField,
    StructType,
    TimestampNTZType,
    TimestampType,
    VariantType,
    YearMonthIntervalType,
)

_NAMES = {
    ArrayType: "ARRAY", BinaryType: "BINARY", BooleanType: "BOOLEAN", ByteType: "BYTE", DateType: "DATE",
    DecimalType: "DECIMAL", DoubleType: "DOUBLE", FloatType: "FLOAT", IntegerType: "INT", LongType: "LONG",
    MapType: "MAP", NullType: "NULL", ShortType: "SHORT", StringType: "STRING", StructType: "STRUCT",
    TimestampType: "TIMESTAMP", TimestampNTZType: "TIMESTAMP_NTZ", VariantType: "VARIANT",
    DayTimeIntervalType: "INTERVAL", YearMonthIntervalType: "INTERVAL",
}  # fmt: skip
_CHAR_VARCHAR = "__CHAR_VARCHAR_TYPE_STRING"


def column(field: StructField, position: int) -> dict:
    """One column: name, type in its three forms, comment, nullable, position from 0."""
    declared = field.metadata.get(_CHAR_VARCHAR)
    metadata = {key: value for key, value in field.metadata.items() if key != _CHAR_VARCHAR}
    told = {
        "name": field.name, "position": position, "nullable": field.nullable,
        "type_name": type_name(field.dataType), "type_text": declared or field.dataType.simpleString(),
        "type_json": json.dumps({**field.jsonValue(), "metadata": metadata}),
    }  # fmt: skip
    if isinstance(field.dataType, DecimalType):
        told |= {"type_precision": field.dataType.precision, "type_scale": field.dataType.scale}
    if metadata.get("comment"):
        told["comment"] = metadata["comment"]
    return told


def type_name(kind: DataType) -> str:
    return _NAMES.get(type(kind), "USER_DEFINED_TYPE")
