"""SQL functions: made by CREATE FUNCTION, read back from what Spark says of them."""

import re
from typing import TYPE_CHECKING

from pyspark.sql.types import StructField, StructType

from ..engines.spark.names import quoted
from ..errors import exists, invalid, refused
from . import grants, metastore, names, owners, schemas, types
from .session import ask, literal, rows

if TYPE_CHECKING:
    from ..context import Workspace

KINDS = ("catalog", "schema", "function")
_PARAMETER = re.compile(r"(?P<name>\S+)\s+(?P<type>.+?)(?:\s+DEFAULT\s+(?P<default>.+?))?(?:\s+'(?P<comment>.*)')?\s*")
_TYPE = re.compile(r"[A-Za-z0-9_<>:,() `]+")


def create(ws: "Workspace", given: dict) -> dict:
    """A SQL function from a `function_info`. Raises 400 if there is one of this name or Spark refuses the body."""
    catalog = names.name(given.get("catalog_name"), "catalog")
    schema = names.name(given.get("schema_name"), "schema")
    name = names.name(given.get("name"), "function")
    full_name = f"{catalog}.{schema}.{name}"
    if given.get("routine_body") not in (None, "SQL"):
        raise refused("functions with a routine_body that is not SQL: create Python functions in a notebook")
    schemas.require(ws, catalog, schema)
    if name in metastore.functions(ws, catalog, schema):
        raise exists(f"Function '{full_name}' already exists", "RESOURCE_ALREADY_EXISTS", 400)
    if not isinstance(given.get("routine_definition"), str):
        raise invalid("routine_definition must be the body of the function, in SQL.")
    inputs = ", ".join(_declared(one) for one in _parameters(given.get("input_params")))
    returned = _parameters(given.get("return_params"))
    if returned:
        result = f"TABLE ({', '.join(_declared(one) for one in returned)})"
    else:
        result = _type(given.get("full_data_type") or given.get("data_type"))
    comment = f" COMMENT {literal(given['comment'])}" if given.get("comment") else ""
    rows(
        ws,
        f"CREATE FUNCTION {quoted(catalog, schema, name)}({inputs}) RETURNS {result}{comment} "
        f"RETURN {given['routine_definition']}",
    )
    owners.created(ws, "function", full_name)
    return get(ws, full_name)


def get(ws: "Workspace", full_name: str) -> dict:
    """Raises 404 if the function, its schema or its catalog does not exist."""
    catalog, schema, name = names.split(full_name, *KINDS)
    schemas.require(ws, catalog, schema)
    if name not in metastore.functions(ws, catalog, schema):
        raise names.missing("function", f"{catalog}.{schema}.{name}")
    return describe(ws, catalog, schema, name)


def listed(ws: "Workspace", catalog: str, schema: str) -> list[str]:
    catalog, schema = names.name(catalog, "catalog"), names.name(schema, "schema")
    schemas.require(ws, catalog, schema)
    return metastore.functions(ws, catalog, schema)


def delete(ws: "Workspace", full_name: str) -> None:
    info = get(ws, full_name)
    rows(ws, f"DROP FUNCTION {quoted(*info['full_name'].split('.'))}")
    with ws.store.transaction():
        owners.forget(ws, "function", info["full_name"])
        grants.forget(ws, "function", info["full_name"])


def change_owner(ws: "Workspace", full_name: str, owner: str) -> dict:
    owners.changed(ws, "function", get(ws, full_name)["full_name"], owner=owner)
    return get(ws, full_name)


def describe(ws: "Workspace", catalog: str, schema: str, name: str) -> dict:
    full_name = f"{catalog}.{schema}.{name}"
    told = metastore.describe_function(ws, full_name)
    table = told.get("Type", [""])[0].strip() == "TABLE"
    returns = "\n".join(told.get("Returns", [])).strip()
    created = metastore.moment(told.get("Create Time", [""])[0].strip())
    info = {
        "name": name, "catalog_name": catalog, "schema_name": schema, "full_name": full_name,
        "function_id": metastore.identifier("function", full_name), "metastore_id": metastore.ID,
        "specific_name": name, "routine_body": "SQL", "routine_definition": "\n".join(told.get("Body", [])),
        "parameter_style": "S", "security_type": "DEFINER", "is_null_call": False,
        "is_deterministic": told.get("Deterministic", ["true"])[0].strip() == "true",
        "sql_data_access": told.get("Data Access", ["CONTAINS SQL"])[0].strip().replace(" ", "_"),
        "input_params": {"parameters": _read(ws, told.get("Input", []))},
        "data_type": "TABLE_TYPE" if table else types.type_name(_parsed(ws, returns)),
        "full_data_type": returns if not table else "TABLE", "created_at": created, "updated_at": created,
        **owners.of(ws, "function", full_name),
    }  # fmt: skip
    if table:
        info["return_params"] = {"parameters": _read(ws, told.get("Returns", []))}
    if told.get("Comment"):
        info["comment"] = "\n".join(told["Comment"])
    return info


def _read(ws: "Workspace", lines: list[str]) -> list[dict]:
    """Parameters as Spark prints them: name, type, default and comment on a line."""
    found = []
    for line in lines:
        match = _PARAMETER.fullmatch(line.strip())
        if match is None:
            continue
        field = StructField(match["name"].strip("`"), _parsed(ws, match["type"]))
        told = types.column(field, len(found))
        told.pop("nullable")
        told |= {"parameter_mode": "IN", "parameter_type": "PARAM"}
        told |= {"comment": match["comment"]} if match["comment"] else {}
        told |= {"parameter_default": match["default"]} if match["default"] else {}
        found.append(told)
    return found


def _parsed(ws: "Workspace", text: str):
    schema: StructType = ask(ws, lambda session: session._parse_ddl(f"x {text}"))
    return schema.fields[0].dataType


def _parameters(given: object) -> list[dict]:
    found = given.get("parameters") if isinstance(given, dict) else None
    if any(not isinstance(one, dict) for one in found or []):
        raise invalid("parameters must be a list of objects with name and type_text.")
    return found or []


def _declared(one: dict) -> str:
    default = f" DEFAULT {one['parameter_default']}" if one.get("parameter_default") else ""
    comment = f" COMMENT {literal(one['comment'])}" if one.get("comment") else ""
    return f"{quoted(names.name(one.get('name'), 'parameter'))} {_type(one.get('type_text'))}{default}{comment}"


def _type(text: object) -> str:
    if not isinstance(text, str) or not _TYPE.fullmatch(text):
        raise invalid(f"{str(text)[:80]!r} is not a SQL type.")
    return {"LONG": "BIGINT", "SHORT": "SMALLINT", "BYTE": "TINYINT"}.get(text.upper(), text)
