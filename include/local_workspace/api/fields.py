"""Reading what clients send: query string and JSON body together, as the Airflow provider and the SDK really send it.

Seen 2026-11: the provider's triggers send GET parameters as a JSON body, numbers arrive as strings, and absent
values as null.
"""

import json
from typing import Annotated, Any

from fastapi import Depends, Request

from ..context import Workspace
from ..errors import ApiError, invalid


async def _payload(request: Request) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    kind = request.headers.get("content-type", "")
    if not kind.startswith(("multipart/", "application/octet-stream")):
        raw = await request.body()
        if raw.strip():
            try:
                body = json.loads(raw)
            except ValueError as error:
                raise ApiError("MALFORMED_REQUEST", f"The request body is not JSON: {error}") from error
            if not isinstance(body, dict):
                raise ApiError("MALFORMED_REQUEST", "The request body must be a JSON object.")
            fields.update({key: value for key, value in body.items() if value is not None})
    fields.update(request.query_params)
    return fields


def _workspace(request: Request) -> Workspace:
    return request.app.state.workspace


Payload = Annotated[dict[str, Any], Depends(_payload)]
Current = Annotated[Workspace, Depends(_workspace)]


def text(fields: dict, name: str, default: str | None = None) -> str:
    """A required string, or the default. Numbers are taken as text."""
    value = fields.get(name, default)
    if value is None or isinstance(value, dict | list | bool):
        raise invalid(f"Missing required field: {name} (a string)." if value is None else f"{name} must be a string.")
    return str(value)


def whole(fields: dict, name: str, default: int | None = None, low: int | None = None, high: int | None = None) -> int:
    """A required whole number within bounds, or the default; "5" counts as 5."""
    value = fields.get(name, default)
    if value is None:
        raise invalid(f"Missing required field: {name} (a whole number).")
    try:
        number = int(value) if not isinstance(value, bool) else int(str(value))
    except (TypeError, ValueError) as error:
        raise invalid(f"{name} must be a whole number, got {value!r}.") from error
    if (low is not None and number < low) or (high is not None and number > high):
        raise invalid(f"{name} must be between {low} and {high}, got {number}.")
    return number


def flag(fields: dict, name: str, default: bool = False) -> bool:
    value = fields.get(name, default)
    if isinstance(value, bool):
        return value
    if str(value).lower() in ("true", "false"):
        return str(value).lower() == "true"
    raise invalid(f"{name} must be true or false, got {value!r}.")


def listing(fields: dict, name: str) -> list:
    value = fields.get(name, [])
    if not isinstance(value, list):
        raise invalid(f"{name} must be a list.")
    return value


def mapping(fields: dict, name: str) -> dict:
    value = fields.get(name, {})
    if not isinstance(value, dict):
        raise invalid(f"{name} must be an object.")
    return value
