"""Faults that tests ask for: a status for the Nth call, a delay, a reset after the effect, a stale first read.

Off unless a test adds one with POST /_faults (token needed).
"""

import asyncio
import fnmatch
import threading
from dataclasses import dataclass, field

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from .api.fields import Payload, flag, text, whole
from .errors import invalid

router = APIRouter()
_KINDS = ("status", "delay", "reset", "stale")


@dataclass
class Fault:
    """`pattern` is "METHOD /path*"; the fault acts on `times` calls after letting `skip` calls pass."""

    pattern: str
    kind: str
    status: int = 503
    body: dict = field(default_factory=lambda: {"error_code": "TEMPORARILY_UNAVAILABLE", "message": "planted fault"})
    seconds: float = 0.0
    skip: int = 0
    times: int = 1
    after_effect: bool = False
    headers: dict = field(default_factory=dict)


class Faults:
    def __init__(self):
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def take(self, call: str) -> Fault | None:
        """The fault that acts on this call, if there is one; counts it."""
        if not self._faults:
            return None
        with self._lock:
            for fault in self._faults:
                if not fnmatch.fnmatchcase(call, fault.pattern):
                    continue
                if fault.skip > 0:
                    fault.skip -= 1
                elif fault.times > 0:
                    fault.times -= 1
                    return fault
        return None


@router.post("/_faults")
def add_fault(request: Request, fields: Payload) -> dict:
    kind = text(fields, "kind")
    if kind not in _KINDS:
        raise invalid(f"kind must be one of {', '.join(_KINDS)}, got {kind!r}.")
    fault = Fault(
        pattern=text(fields, "pattern"), kind=kind, skip=whole(fields, "skip", 0), times=whole(fields, "times", 1)
    )
    fault.status = whole(fields, "status", fault.status)
    fault.body = fields.get("body", fault.body)
    fault.headers = fields.get("headers", {})
    fault.seconds = float(fields.get("seconds", 0))
    fault.after_effect = flag(fields, "after_effect")
    request.app.state.faults.add(fault)
    return {}


@router.delete("/_faults")
def clear_faults(request: Request) -> dict:
    request.app.state.faults.clear()
    return {}


class FaultMiddleware:
    """Plain ASGI, so that a reset can really close the connection."""

    def __init__(self, app, faults: Faults):
        self._app = app
        self._faults = faults

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http" or scope["path"] == "/_faults":
            return await self._app(scope, receive, send)
        call = f"{scope['method']} {scope['path']}"
        fault = self._faults.take(call)
        if fault is None:
            return await self._app(scope, receive, send)
        if fault.kind == "delay":
            await asyncio.sleep(fault.seconds)
            return await self._app(scope, receive, send)
        if fault.kind == "stale":
            return await _not_yet()(scope, receive, send)
        if fault.after_effect:
            await self._app(scope, receive, _swallow)
        if fault.kind == "reset":
            return await _break_off(send)
        return await JSONResponse(fault.body, fault.status, headers=fault.headers)(scope, receive, send)


def _not_yet() -> Response:
    body = {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "planted fault: not visible yet"}
    return JSONResponse(body, 404)


async def _break_off(send) -> None:
    """Announce a body and never send it: uvicorn then closes the connection (seen 2026-11-23)."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1000")]})


async def _swallow(message) -> None:
    """The effect happened; nobody hears of it."""
