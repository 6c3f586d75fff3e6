"""Files API with signed links, as databricks-sdk uses it: downloads by link, and uploads of 50 MB and more in parts."""

import hashlib
import secrets
import shutil
from pathlib import Path
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from .. import auth
from ..context import Workspace
from ..errors import invalid, missing
from . import files
from .fields import Current, Payload, flag, listing, text, whole

router = APIRouter()
_MOST_PARTS = 10000
# Clients ask for a new link when they see this, as from a cloud's storage.
_EXPIRED = "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>"


@router.post("/api/2.0/fs/create-download-url")
def create_download_url(ws: Current, fields: Payload) -> dict:
    path = text(fields, "path")
    files.readable(ws, path)
    return {"url": _link(ws, f"/fs/files{quote(path)}"), "headers": []}


@router.get("/links/fs/files{path:path}")
def follow(request: Request, ws: Current, path: str) -> Response:
    if not _valid(request, ws, f"/fs/files{quote(path)}"):
        return _expired()
    return files.send(request, files.readable(ws, path))


@router.post("/api/2.0/fs/files{path:path}")
def initiate_or_complete(ws: Current, path: str, fields: Payload) -> dict:
    action = text(fields, "action")
    if action == "initiate-upload":
        overwrite = flag(fields, "overwrite", False)
        files.writable(ws, path, overwrite)
        token = secrets.token_urlsafe(24)
        files.new_part(ws)
        _parts(ws, token).mkdir()
        ws.store.insert("upload", token, {"path": path, "overwrite": overwrite})
        return {"multipart_upload": {"session_token": token}}
    if action != "complete-upload":
        raise invalid(f"action must be initiate-upload or complete-upload, got {action[:80]!r}.")
    token = _session(ws, text(fields, "session_token"), path)
    _complete(ws, token, listing(fields, "parts"))
    return {}


@router.post("/api/2.0/fs/create-upload-part-urls")
def create_part_urls(ws: Current, fields: Payload) -> dict:
    token = _session(ws, text(fields, "session_token"), text(fields, "path"))
    first = whole(fields, "start_part_number", low=1, high=_MOST_PARTS)
    count = whole(fields, "count", 1, low=1, high=_MOST_PARTS)
    numbers = range(first, min(first + count, _MOST_PARTS + 1))
    urls = [{"url": _link(ws, f"/fs/parts/{token}/{n}"), "part_number": n, "headers": []} for n in numbers]
    return {"upload_part_urls": urls}


@router.put("/links/fs/parts/{token}/{number}")
async def receive_part(request: Request, ws: Current, token: str, number: int) -> Response:
    if not _valid(request, ws, f"/fs/parts/{token}/{number}"):
        async for _ in request.stream():
            pass
        return _expired()
    part = await files.receive(request, await run_in_threadpool(files.new_part, ws))
    await run_in_threadpool(files.place, part, _parts(ws, token) / str(number))
    etag = await run_in_threadpool(_etag, _parts(ws, token) / str(number))
    return Response(status_code=200, headers={"ETag": etag})


@router.post("/api/2.0/fs/create-abort-upload-url")
def create_abort_url(ws: Current, fields: Payload) -> dict:
    token = _session(ws, text(fields, "session_token"), text(fields, "path"))
    return {"abort_upload_url": {"url": _link(ws, f"/fs/parts/{token}"), "headers": []}}


@router.delete("/links/fs/parts/{token}")
def abort(request: Request, ws: Current, token: str) -> Response:
    if not _valid(request, ws, f"/fs/parts/{token}"):
        return _expired()
    _forget(ws, token)
    return Response(status_code=200)


def _complete(ws: Workspace, token: str, parts: list) -> None:
    """Join the parts in their order and move the whole to its place."""
    asked = sorted((whole(part, "part_number", low=1), text(part, "etag")) for part in parts if isinstance(part, dict))
    if not asked or len(asked) != len(parts):
        raise invalid("parts must be a list of {part_number, etag}.")
    folder = _parts(ws, token)
    for number, etag in asked:
        file = folder / str(number)
        if not file.is_file() or _etag(file) != etag:
            raise invalid(f"Part {number} was not uploaded, or has another etag than {etag[:80]!r}. Upload it again.")
    session = ws.store.get("upload", token)
    target = files.writable(ws, session["path"], session["overwrite"])
    whole_file = folder / "whole"
    try:
        with whole_file.open("wb") as sink:
            for number, _ in asked:
                with (folder / str(number)).open("rb") as source:
                    shutil.copyfileobj(source, sink, 1 << 20)
    except OSError as error:
        whole_file.unlink(missing_ok=True)
        raise files.cannot_write(error) from error
    files.place(whole_file, target)
    _forget(ws, token)


def _session(ws: Workspace, token: str, path: str) -> str:
    session = ws.store.get("upload", token)
    if session is None or session["path"] != path:
        raise missing(f"There is no upload to {path[:200]} under way with this session_token.", "NOT_FOUND")
    return token


def _forget(ws: Workspace, token: str) -> None:
    ws.store.delete("upload", token)
    shutil.rmtree(_parts(ws, token), ignore_errors=True)


def _parts(ws: Workspace, token: str) -> Path:
    return ws.home.volumes / ".uploads" / f"parts-{token}"


def _etag(file: Path) -> str:
    with file.open("rb") as source:
        digest = hashlib.file_digest(source, "sha256").hexdigest()
    return f'"{digest}"'


def _link(ws: Workspace, path: str) -> str:
    return ws.host + auth.sign(ws.link_key, path, 3600)


def _valid(request: Request, ws: Workspace, path: str) -> bool:
    query = request.query_params
    return auth.verify(ws.link_key, path, query.get("expires", ""), query.get("signature", ""))


def _expired() -> Response:
    return Response(_EXPIRED, 403, media_type="application/xml")
