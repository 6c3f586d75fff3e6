"""Files API: files of volumes, streamed in both directions."""

import os
import shutil
import time
import uuid
from collections.abc import Iterator
from email.utils import formatdate, parsedate_to_datetime
from pathlib import Path
from typing import BinaryIO

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.responses import Response, StreamingResponse

from ..context import Workspace
from ..errors import ApiError, invalid, missing
from ..unity import volumes
from .fields import Current, flag

router = APIRouter()
_URL = "/api/2.0/fs/files{path:path}"
_BLOCK = 1 << 20
_STALE_SECONDS = 24 * 3600


@router.put(_URL)
async def upload(request: Request, ws: Current, path: str) -> Response:
    try:
        target = await run_in_threadpool(writable, ws, path, flag(dict(request.query_params), "overwrite", False))
    except ApiError:
        # A client that is still sending would see a broken connection instead of the answer.
        async for _ in request.stream():
            pass
        raise
    part = await receive(request, await run_in_threadpool(new_part, ws))
    await run_in_threadpool(place, part, target)
    return Response(status_code=204)


@router.get(_URL)
def download(request: Request, ws: Current, path: str) -> Response:
    return send(request, readable(ws, path))


@router.head(_URL)
def metadata(ws: Current, path: str) -> Response:
    found = readable(ws, path).stat()
    return Response(headers=_headers(found) | {"content-length": str(found.st_size)})


@router.delete(_URL)
def delete(ws: Current, path: str) -> Response:
    readable(ws, path).unlink(missing_ok=True)
    return Response(status_code=204)


def readable(ws: Workspace, path: str) -> Path:
    """The existing file of a path. Raises 404, or 400 if it is a directory."""
    found, _ = volumes.resolve(ws, path)
    if found.is_dir():
        raise invalid(f"Path ({path}) is a directory, not a file.")
    if not found.is_file():
        raise missing(f"The file being accessed is not found: {path}", "NOT_FOUND")
    return found


def writable(ws: Workspace, path: str, overwrite: bool) -> Path:
    """Where an upload to this path belongs. Raises 409 if a file is there and must stay."""
    found, below = volumes.resolve(ws, path)
    if not below or path.endswith("/"):
        raise invalid(f"Path ({path}) does not name a file.")
    if found.is_dir():
        raise ApiError("ALREADY_EXISTS", f"Path ({path}) is a directory.")
    if found.exists() and not overwrite:
        raise ApiError("ALREADY_EXISTS", f"The file being created already exists: {path}. Use overwrite=true.")
    for parent in list(found.parents)[: len(below) - 1]:
        if parent.exists() and not parent.is_dir():
            raise invalid(f"Path ({path}): {parent.name} is a file, not a directory.")
    return found


def new_part(ws: Workspace) -> Path:
    """A name for an upload under way: on the disk of the volumes, out of everybody's sight."""
    folder = ws.home.volumes / ".uploads"
    folder.mkdir(exist_ok=True)
    for left in folder.iterdir():
        if left.stat().st_mtime < time.time() - _STALE_SECONDS:
            shutil.rmtree(left) if left.is_dir() else left.unlink(missing_ok=True)
    return folder / uuid.uuid4().hex


async def receive(request: Request, part: Path) -> Path:
    """Write the request's body to `part`, a block at a time. Nothing stays of an upload that breaks off."""
    try:
        with await run_in_threadpool(part.open, "wb") as sink:
            waiting = bytearray()
            async for chunk in request.stream():
                waiting += chunk
                if len(waiting) >= _BLOCK:
                    await run_in_threadpool(sink.write, bytes(waiting))
                    waiting.clear()
            await run_in_threadpool(sink.write, bytes(waiting))
    except OSError as error:
        part.unlink(missing_ok=True)
        raise cannot_write(error) from error
    except ClientDisconnect as error:
        part.unlink(missing_ok=True)
        raise ApiError("BAD_REQUEST", "The upload broke off before its end; nothing was written.") from error
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return part


def place(part: Path, target: Path) -> None:
    """Move a complete upload to its place, in one step."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(part, target)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise cannot_write(error) from error


def cannot_write(error: OSError) -> ApiError:
    return ApiError(
        "INTERNAL_ERROR",
        f"The upload was not written: {error.strerror}. What was there before is unchanged. Free space on the "
        "workspace's disk and upload again.",
        507,
    )


def send(request: Request, path: Path) -> Response:
    """A file as a response: whole, or the asked range; with the conditions that HTTP knows."""
    source = path.open("rb")
    found = os.fstat(source.fileno())
    headers = _headers(found)
    answer = _condition(request, found, headers["etag"])
    if answer:
        source.close()
        return Response(status_code=answer, headers=headers)
    span = _range(request, found.st_size, headers["etag"])
    if span is None:
        source.close()
        return Response(status_code=416, headers={"content-range": f"bytes */{found.st_size}"})
    first, end = span
    headers["content-length"] = str(end - first)
    partial = "range" in request.headers and (first, end) != (0, found.st_size)
    if partial:
        headers["content-range"] = f"bytes {first}-{end - 1}/{found.st_size}"
    body = _blocks(source, first, end)
    return StreamingResponse(body, 206 if partial else 200, headers, media_type="application/octet-stream")


def _headers(found: os.stat_result) -> dict[str, str]:
    return {
        "content-type": "application/octet-stream",
        "last-modified": formatdate(found.st_mtime, usegmt=True),
        "etag": f'"{found.st_mtime_ns:x}-{found.st_size:x}"',
        "accept-ranges": "bytes",
    }


def _blocks(source: BinaryIO, first: int, end: int) -> Iterator[bytes]:
    with source:
        source.seek(first)
        left = end - first
        while left > 0 and (block := source.read(min(left, _BLOCK))):
            left -= len(block)
            yield block


def _condition(request: Request, found: os.stat_result, etag: str) -> int | None:
    """412 or 304 if a condition of the request says so."""
    asked = request.headers
    match, unless = asked.get("if-match"), asked.get("if-none-match")
    if match and match.strip() != "*" and etag not in match:
        return 412
    if not match and _later(found, asked.get("if-unmodified-since")):
        return 412
    if unless:
        return 304 if unless.strip() == "*" or etag in unless else None
    since = asked.get("if-modified-since")
    return 304 if since and _later(found, since) is False else None


def _later(found: os.stat_result, date: str | None) -> bool | None:
    """Whether the file changed after an HTTP date; None if there is no date that can be read."""
    try:
        return int(found.st_mtime) > parsedate_to_datetime(date).timestamp() if date else None
    except ValueError:
        return None


def _range(request: Request, size: int, etag: str) -> tuple[int, int] | None:
    """First byte and end of what to send; None if the range lies outside. Several ranges are answered as the whole."""
    asked = request.headers.get("range", "")
    only_if = request.headers.get("if-range")
    unit, _, span = asked.partition("=")
    first, dash, last = span.strip().partition("-")
    digits = all(not part or (part.isascii() and part.isdigit()) for part in (first, last))
    if (
        unit.strip().lower() != "bytes"
        or not dash
        or not digits
        or not (first or last)
        or (only_if and only_if != etag)
    ):
        return 0, size
    if not first:
        return (max(size - int(last), 0), size) if int(last) and size else None
    end = min(int(last) + 1 if last else size, size)
    return (int(first), end) if int(first) < end else None
