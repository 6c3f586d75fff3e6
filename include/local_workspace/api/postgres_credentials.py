"""Lakebase credentials: a token that is the password of the caller's role until it expires.

PostgreSQL keeps one password for a role. So whoever asks while a token is valid gets that same token, and its end
moves as far as the latest caller needs: it may live longer than an earlier caller was told, never shorter.
"""

from datetime import UTC, datetime, timedelta

from fastapi import APIRouter

from ..context import Workspace
from ..engines.postgres import roles
from ..errors import ApiError, invalid, refused
from .fields import Current, Payload, text
from .postgres_resources import LAKEBASE, PREFIX, moment, require, seconds, server, timestamp

router = APIRouter()
_SHORTEST, _LONGEST = 300, 3600


@router.post(f"{PREFIX}/credentials")
def generate_credential(ws: Current, fields: Payload) -> dict:
    endpoint = require(ws, "endpoint", text(fields, "endpoint"))
    if fields.get("claims"):
        raise refused("database credentials with claims")
    if endpoint["settings"].get("disabled"):
        raise ApiError("BAD_REQUEST", f"endpoint {endpoint['name']} is disabled. Set spec.disabled to false first.")
    expires = _expiry(fields)
    with LAKEBASE:
        return {"token": _token(ws, endpoint["parent"], expires), "expire_time": timestamp(expires)}


def _expiry(fields: dict) -> datetime:
    now = datetime.now(UTC)
    if fields.get("ttl") is not None and fields.get("expire_time") is not None:
        raise invalid("Give ttl or expire_time, not both.")
    if fields.get("expire_time") is None:
        return now + timedelta(seconds=seconds(fields.get("ttl", f"{_LONGEST}s"), "ttl", _SHORTEST, _LONGEST))
    expires = moment(fields["expire_time"], "expire_time")
    # A second of grace on both sides: timestamps have whole seconds, and the call takes its time.
    if not _SHORTEST - 1 <= (expires - now).total_seconds() <= _LONGEST + 1:
        raise invalid(f"expire_time must be {_SHORTEST} to {_LONGEST} seconds from now, got {fields['expire_time']!r}.")
    return expires


def _token(ws: Workspace, branch: str, expires: datetime) -> str:
    """The valid token of the caller in this branch, or a new one; valid until `expires` at least."""
    known = ws.store.get("lakebase_credential", branch) or {"number": 0, "expires": 0.0}
    fresh = known["expires"] <= datetime.now(UTC).timestamp()
    number = known["number"] + 1 if fresh else known["number"]
    token = f"local-{ws.postgres.secret(f'{branch} {number}')}"
    if fresh or expires.timestamp() > known["expires"]:
        with ws.postgres.admin(server(branch)) as connection:
            roles.set_password(connection, ws.user, token, expires)
        with ws.store.transaction():
            ws.store.delete("lakebase_credential", branch)
            ws.store.insert("lakebase_credential", branch, {"number": number, "expires": expires.timestamp()})
    return token
