"""Which volumes still belong to the schema of their name.

Spark drops a schema without telling anybody. So a schema with volumes has a file in its folder of the warehouse, which
Spark deletes with the schema: a volume whose schema has lost that file, or got another, is gone as well.
"""

import shutil
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from ..engines.spark.names import physical
from ..engines.spark.settings import Folders
from . import grants

if TYPE_CHECKING:
    from ..context import Workspace


def of_schema(ws: "Workspace", catalog: str, schema: str) -> str:
    """The mark of a schema that exists; made if it has none yet."""
    file = _file(ws, catalog, schema)
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_name(f"{file.name}.{uuid.uuid4().hex}")
        part.write_text(uuid.uuid4().hex)
        part.rename(file)
    return file.read_text()


def find(ws: "Workspace", catalog: str, schema: str, volume: str) -> dict | None:
    """The document of a volume, None if there is none or its schema was dropped meanwhile."""
    doc = ws.store.get("volume", f"{catalog}.{schema}.{volume}")
    return doc if doc and _live(ws, doc) else None


def volumes(ws: "Workspace", catalog: str, schema: str) -> list[dict]:
    """The documents of a schema's volumes, by name."""
    found = [doc for doc in ws.store.list("volume", f"{catalog}.{schema}") if _live(ws, doc)]
    return sorted(found, key=lambda doc: doc["name"])


def forget(ws: "Workspace", doc: dict) -> None:
    """Remove a volume: its document, its grants, its files."""
    with ws.store.transaction():
        ws.store.delete("volume", doc["full_name"])
        grants.forget(ws, "volume", doc["full_name"])
    shutil.rmtree(ws.home.volumes.joinpath(*doc["full_name"].split(".")), ignore_errors=True)


def _live(ws: "Workspace", doc: dict) -> bool:
    file = _file(ws, doc["catalog_name"], doc["schema_name"])
    if file.exists() and file.read_text() == doc["anchor"]:
        return True
    forget(ws, doc)
    return False


def _file(ws: "Workspace", catalog: str, schema: str) -> Path:
    return Folders(ws.home.root).warehouse / f"{physical(catalog, schema)}.db" / ".volumes"
