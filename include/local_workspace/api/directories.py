"""Files API: directories of volumes."""

import os
from pathlib import Path

from fastapi import APIRouter
from starlette.responses import Response

from ..errors import ApiError, invalid, missing
from ..unity import volumes
from .fields import Current, Payload
from .paging import page

router = APIRouter()
_URL = "/api/2.0/fs/directories{path:path}"


@router.get(_URL)
def list_directory(ws: Current, path: str, fields: Payload) -> dict:
    folder = _existing(volumes.resolve(ws, path)[0], path)
    names, rest = page(sorted(os.listdir(folder)), fields, default=1000, high=1000, size="page_size")
    base = path.rstrip("/")
    return {"contents": [entry for name in names if (entry := _entry(folder / name, f"{base}/{name}"))], **rest}


@router.put(_URL)
def create_directory(ws: Current, path: str) -> Response:
    """With its parents; nothing happens if it exists."""
    folder, _ = volumes.resolve(ws, path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise ApiError("ALREADY_EXISTS", f"Path ({path}) is a file, or goes through one.") from error
    return Response(status_code=204)


@router.head(_URL)
def directory_metadata(ws: Current, path: str) -> Response:
    _existing(volumes.resolve(ws, path)[0], path)
    return Response(status_code=200)


@router.delete(_URL)
def delete_directory(ws: Current, path: str) -> Response:
    folder, below = volumes.resolve(ws, path)
    if not below:
        raise invalid(f"Path ({path}) is a volume: drop the volume to remove it.")
    _existing(folder, path)
    try:
        folder.rmdir()
    except OSError as error:
        if not any(folder.iterdir()):
            raise
        raise ApiError("BAD_REQUEST", f"The directory being deleted is not empty: {path}") from error
    return Response(status_code=204)


def _existing(folder: Path, path: str) -> Path:
    if folder.is_file():
        raise invalid(f"Path ({path}) is a file, not a directory.")
    if not folder.is_dir():
        raise missing(f"The directory being accessed is not found: {path}", "NOT_FOUND")
    return folder


def _entry(file: Path, path: str) -> dict | None:
    """What the listing says of a file; None if it went away meanwhile."""
    try:
        found = file.stat()
    except FileNotFoundError:
        return None
    modified = int(found.st_mtime * 1000)
    if file.is_dir():
        return {"name": file.name, "path": path, "is_directory": True, "last_modified": modified}
    size = found.st_size
    return {"name": file.name, "path": path, "is_directory": False, "file_size": size, "last_modified": modified}
