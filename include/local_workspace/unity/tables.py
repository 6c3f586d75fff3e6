"""Tables and views as the API shows them: what the metastore says, with owner and pipeline from the store."""

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from ..errors import ApiError
from . import catalogs, grants, metastore, names, owners, schemas, types

if TYPE_CHECKING:
    from ..context import Workspace

KINDS = ("catalog", "schema", "table")
_VIEWS = ("VIEW", "METRIC_VIEW")


def exists(ws: "Workspace", full_name: str) -> bool:
    return metastore.table_exists(ws, ".".join(names.split(full_name, *KINDS)))


def get(ws: "Workspace", full_name: str) -> dict:
    """Raises 404 if the table, its schema or its catalog does not exist."""
    return _get(ws, full_name, details=True)


def described(
    ws: "Workspace", catalog: str, schema: str, chosen: list[str], columns: bool = True, properties: bool = True
) -> list[dict]:
    """The tables of these names, in this order, some at a time: each costs Spark two small questions."""
    told = metastore.describe_tables(ws, catalog, schema)
    present = [name for name in chosen if name in told]
    with ThreadPoolExecutor(4) as pool:
        answers = pool.map(
            lambda name: _info(ws, catalog, schema, name, told[name], columns, properties), present
        )  # fmt: skip
        return list(answers)


def listed(ws: "Workspace", catalog: str, schema: str) -> list[str]:
    catalog, schema = names.name(catalog, "catalog"), names.name(schema, "schema")
    schemas.require(ws, catalog, schema)
    return metastore.tables(ws, catalog, schema)


def change_owner(ws: "Workspace", full_name: str, owner: str) -> None:
    info = get(ws, full_name)
    owners.changed(ws, "table", info["full_name"], owner=owner)


def delete(ws: "Workspace", full_name: str) -> None:
    # Without its columns: a view on a table that is gone has none, and can be dropped all the same.
    info = _get(ws, full_name, details=False)
    if info.get("pipeline_id"):
        raise ApiError(
            "BAD_REQUEST",
            f"Table '{info['full_name']}' belongs to the pipeline {info['pipeline_id']}: delete the pipeline, or take "
            "the table out of its sources.",
        )
    metastore.drop_table(ws, info["full_name"], info["table_type"] in _VIEWS)
    with ws.store.transaction():
        owners.forget(ws, "table", info["full_name"])
        grants.forget(ws, "table", info["full_name"])


def claim(ws: "Workspace", full_name: str, pipeline_id: str, table_type: str) -> None:
    """A pipeline owns this table; `table_type` is STREAMING_TABLE or MATERIALIZED_VIEW."""
    with ws.store.transaction():
        release(ws, full_name)
        doc = {"full_name": full_name, "pipeline_id": pipeline_id, "table_type": table_type}
        ws.store.insert("pipeline_table", full_name, doc, parent=pipeline_id)


def release(ws: "Workspace", full_name: str) -> None:
    ws.store.delete("pipeline_table", full_name)


def _get(ws: "Workspace", full_name: str, details: bool) -> dict:
    catalog, schema, name = names.split(full_name, *KINDS)
    catalogs.require(ws, catalog)
    told = metastore.describe_tables(ws, catalog, schema, name).get(name)
    if told is None:
        raise names.missing("table", f"{catalog}.{schema}.{name}")
    return _info(ws, catalog, schema, name, told, details, details)


def _info(
    ws: "Workspace", catalog: str, schema: str, name: str, told: dict, columns: bool, properties: bool
) -> dict:  # fmt: skip
    full_name = f"{catalog}.{schema}.{name}"
    kind = told.get("Type", "MANAGED")
    created = metastore.moment(told.get("Created Time"))
    info = {
        "name": name, "catalog_name": catalog, "schema_name": schema, "full_name": full_name, "table_type": kind,
        "table_id": metastore.identifier("table", f"{full_name} {created}"), "metastore_id": metastore.ID,
        "created_at": created, "updated_at": created, **owners.of(ws, "table", full_name),
    }  # fmt: skip
    if told.get("Comment"):
        info["comment"] = told["Comment"]
    if kind in _VIEWS:
        info["view_definition"] = told.get("View Text", "")
    else:
        info["data_source_format"] = told.get("Provider", "delta").upper()
        info["storage_location"] = told.get("Location")
    owned = ws.store.get("pipeline_table", full_name)
    if owned:
        info |= {"pipeline_id": owned["pipeline_id"], "table_type": owned["table_type"]}
    if columns:
        read = metastore.metric_view_columns if kind == "METRIC_VIEW" else metastore.columns
        fields = read(ws, full_name).fields
        info["columns"] = [types.column(field, position) for position, field in enumerate(fields)]
    if properties:
        info["properties"] = metastore.properties(ws, full_name)
    return info
