"""Who owns a schema, table, view or function, since when: what Spark's metastore does not know or cannot change.

A document is written when the API makes or changes an object; what SQL made belongs to the workspace's user.
"""

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..context import Workspace


def of(ws: "Workspace", kind: str, full_name: str) -> dict:
    """owner, created_by, updated_by, and the times that are known."""
    doc = ws.store.get("owner", f"{kind} {full_name}") or {}
    return {"owner": ws.user, "created_by": ws.user, "updated_by": ws.user, **doc.get("info", {})}


def created(ws: "Workspace", kind: str, full_name: str) -> None:
    now = int(time.time() * 1000)
    _write(ws, kind, full_name, {"created_at": now, "updated_at": now})


def changed(ws: "Workspace", kind: str, full_name: str, **change: str | None) -> None:
    """Keep a new owner or comment; None leaves what was."""
    known = (ws.store.get("owner", f"{kind} {full_name}") or {}).get("info", {})
    given = {key: value for key, value in change.items() if value is not None}
    _write(ws, kind, full_name, {**known, **given, "updated_at": int(time.time() * 1000)})


def forget(ws: "Workspace", kind: str, full_name: str) -> None:
    ws.store.delete("owner", f"{kind} {full_name}")


def forget_below(ws: "Workspace", full_name: str) -> None:
    """Forget an object and everything whose name begins with its name."""
    for doc in ws.store.list("owner"):
        if f"{doc['full_name']}.".startswith(f"{full_name}."):
            forget(ws, doc["kind"], doc["full_name"])


def _write(ws: "Workspace", kind: str, full_name: str, info: dict) -> None:
    with ws.store.transaction():
        forget(ws, kind, full_name)
        ws.store.insert("owner", f"{kind} {full_name}", {"kind": kind, "full_name": full_name, "info": info})
