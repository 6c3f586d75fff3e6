"""Privileges: checked against what each kind of object knows, kept and served. Nothing is enforced here."""

from typing import TYPE_CHECKING

from ..errors import invalid

if TYPE_CHECKING:
    from ..context import Workspace

_TABLE = ("SELECT", "MODIFY", "APPLY_TAG", "MANAGE", "ALL_PRIVILEGES")
_SCHEMA = (
    *_TABLE, "USE_SCHEMA", "CREATE_TABLE", "CREATE_VIEW", "CREATE_MATERIALIZED_VIEW", "CREATE_FUNCTION",
    "CREATE_MODEL", "CREATE_VOLUME", "EXECUTE", "READ_VOLUME", "WRITE_VOLUME", "REFRESH", "EXTERNAL_USE_SCHEMA",
)  # fmt: skip
PRIVILEGES = {
    "metastore": (
        "CREATE_CATALOG", "CREATE_CONNECTION", "CREATE_EXTERNAL_LOCATION", "CREATE_STORAGE_CREDENTIAL",
        "CREATE_SERVICE_CREDENTIAL", "CREATE_SHARE", "CREATE_RECIPIENT", "CREATE_PROVIDER", "CREATE_CLEAN_ROOM",
        "MANAGE_ALLOWLIST", "SET_SHARE_PERMISSION", "USE_MARKETPLACE_ASSETS", "USE_PROVIDER", "USE_RECIPIENT",
        "USE_SHARE",
    ),
    "catalog": (*_SCHEMA, "USE_CATALOG", "CREATE_SCHEMA", "BROWSE"),
    "schema": _SCHEMA,
    "table": (*_TABLE, "REFRESH"),
    "volume": ("READ_VOLUME", "WRITE_VOLUME", "APPLY_TAG", "MANAGE", "ALL_PRIVILEGES"),
    "function": ("EXECUTE", "MANAGE", "ALL_PRIVILEGES"),
    "model": ("EXECUTE", "APPLY_TAG", "MANAGE", "ALL_PRIVILEGES", "CREATE_MODEL_VERSION"),
}  # fmt: skip


def assignments(ws: "Workspace", kind: str, full_name: str, principal: str | None = None) -> list[dict]:
    """`[{principal, privileges}]` of one object, by principal."""
    held = (ws.store.get("grant", f"{kind} {full_name}") or {"held": {}})["held"]
    return [
        {"principal": who, "privileges": sorted(held[who])}
        for who in sorted(held) if held[who] and principal in (None, who)
    ]  # fmt: skip


def effective(ws: "Workspace", kind: str, full_name: str, principal: str | None = None) -> list[dict]:
    """Like `assignments`, with what is inherited from schema, catalog and metastore, and from where."""
    found: dict[str, list[dict]] = {}
    for place, name in [(kind, full_name), *_above(kind, full_name)]:
        for entry in assignments(ws, place, name, principal):
            for privilege in entry["privileges"]:
                if privilege not in PRIVILEGES[kind]:
                    continue
                told = {"privilege": privilege}
                if (place, name) != (kind, full_name):
                    told |= {"inherited_from_type": place.upper(), "inherited_from_name": name}
                found.setdefault(entry["principal"], []).append(told)
    return [{"principal": who, "privileges": found[who]} for who in sorted(found)]


def update(ws: "Workspace", kind: str, full_name: str, changes: list[dict]) -> None:
    """Apply `[{principal, add, remove}]`, all or none. Raises 400 naming a privilege that this kind does not know."""
    for change in changes:
        if not isinstance(change, dict) or not isinstance(change.get("principal"), str) or not change["principal"]:
            raise invalid("Each of changes must name a principal (a user, a group or a service principal's id).")
    checked = [
        (change["principal"], _checked(kind, change.get("add")), _checked(kind, change.get("remove")))
        for change in changes
    ]
    with ws.store.transaction():
        held = (ws.store.get("grant", f"{kind} {full_name}") or {"held": {}})["held"]
        for principal, add, remove in checked:
            left = set() if "ALL_PRIVILEGES" in remove else set(held.get(principal, [])) - set(remove)
            held[principal] = sorted(left | set(add))
        _write(ws, kind, full_name, {who: kept for who, kept in held.items() if kept})


def forget(ws: "Workspace", kind: str, full_name: str) -> None:
    ws.store.delete("grant", f"{kind} {full_name}")


def forget_below(ws: "Workspace", full_name: str) -> None:
    """Forget an object's grants and those of everything in it."""
    for doc in ws.store.list("grant"):
        if f"{doc['full_name']}.".startswith(f"{full_name}."):
            forget(ws, doc["kind"], doc["full_name"])


def rename(ws: "Workspace", kind: str, old: str, new: str) -> None:
    doc = ws.store.get("grant", f"{kind} {old}")
    if doc:
        forget(ws, kind, old)
        _write(ws, kind, new, doc["held"])


def _write(ws: "Workspace", kind: str, full_name: str, held: dict) -> None:
    forget(ws, kind, full_name)
    if held:
        ws.store.insert("grant", f"{kind} {full_name}", {"kind": kind, "full_name": full_name, "held": held})


def _above(kind: str, full_name: str) -> list[tuple[str, str]]:
    parts = full_name.split(".")
    if kind == "metastore":
        return []
    above = [("catalog", parts[0])] if len(parts) > 1 else []
    return ([("schema", ".".join(parts[:2]))] if len(parts) > 2 else []) + above


def _checked(kind: str, privileges: object) -> list[str]:
    found = []
    for privilege in privileges if isinstance(privileges, list) else []:
        name = str(privilege).upper().replace(" ", "_")
        if name not in PRIVILEGES[kind]:
            raise invalid(
                f"Privilege {str(privilege)[:80]!r} is not applicable to a {kind}; applicable are "
                f"{', '.join(sorted(PRIVILEGES[kind]))}."
            )
        found.append(name)
    return found
