"""Workspace API: notebooks, files and folders."""

import base64
import binascii
from pathlib import PurePosixPath
from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.responses import JSONResponse, Response

from ..context import Workspace
from ..errors import invalid, refused
from . import jupyter
from . import lakeview_drafts as drafts
from . import workspace_tree as tree
from .fields import Current, Payload, flag, text, whole
from .files import cannot_write

router = APIRouter()
_URL = "/api/2.0/workspace"
_IMPORTS = ("SOURCE", "JUPYTER", "RAW", "AUTO")
_EXPORTS = ("SOURCE", "JUPYTER", "RAW", "AUTO")
_REFUSED = ("DBC", "HTML", "R_MARKDOWN")


@router.post(f"{_URL}/import")
async def import_object(request: Request, ws: Current, fields: Payload) -> dict:
    if request.headers.get("content-type", "").startswith("multipart/"):
        fields, content = await _form(request, fields)
    else:
        content = _decoded(text(fields, "content", ""))
    await run_in_threadpool(_import, ws, fields, content)
    return {}


@router.get(f"{_URL}/export")
def export_object(ws: Current, fields: Payload) -> Response:
    node = tree.require(ws, tree.normal(text(fields, "path")))
    form = text(fields, "format", "SOURCE").upper()
    if node.kind == "DIRECTORY" or form in _REFUSED:
        raise refused(f"exporting a {node.kind.lower()} as {form}")
    if form not in _EXPORTS:
        raise invalid(f"format must be one of {', '.join(_EXPORTS)}, got {form[:80]!r}.")
    content, suffix = node.file.read_bytes(), node.file.suffix
    if form == "JUPYTER":
        if not node.language:
            raise invalid(f"Path ({node.path}) is a file: only a notebook can be exported as JUPYTER.")
        content, suffix = jupyter.from_source(content.decode("utf-8", "replace"), node.language).encode(), ".ipynb"
    if flag(fields, "direct_download", False):
        return Response(content, media_type="application/octet-stream")
    return JSONResponse({"content": base64.b64encode(content).decode(), "file_type": suffix.removeprefix(".")})


@router.get(f"{_URL}/list")
def list_objects(ws: Current, fields: Payload) -> dict:
    node = tree.require(ws, tree.normal(text(fields, "path")))
    after = whole(fields, "notebooks_modified_after", 0)
    nodes = tree.children(node) if node.kind == "DIRECTORY" else [node]
    found = [_described(ws, child) for child in nodes]
    kept = [info for info in found if info["object_type"] != "NOTEBOOK" or info["modified_at"] >= after]
    return {"objects": kept} if kept else {}


@router.get(f"{_URL}/get-status")
def get_status(ws: Current, fields: Payload) -> dict:
    return _described(ws, tree.require(ws, tree.normal(text(fields, "path"))))


@router.post(f"{_URL}/mkdirs")
def make_folders(ws: Current, fields: Payload) -> dict:
    tree.make_folders(ws, tree.normal(text(fields, "path")))
    return {}


@router.post(f"{_URL}/delete")
def delete_object(ws: Current, fields: Payload) -> dict:
    tree.delete(ws, tree.normal(text(fields, "path")), flag(fields, "recursive", False))
    return {}


def _described(ws: Workspace, node: tree.Node) -> dict:
    """A dashboard's resource id is the id by which the Lakeview API knows it."""
    info = tree.describe(ws, node)
    return {**info, "resource_id": drafts.at(ws, node.path)["dashboard_id"]} if node.kind == "DASHBOARD" else info


async def _form(request: Request, fields: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """The fields and the content of a multipart/form-data body, which passes through a file in the system's /tmp."""
    try:
        async with request.form() as form:
            sent = form.get("content")
            content = await sent.read() if isinstance(sent, UploadFile) else str(sent or "").encode()
            return {**fields, **{key: value for key, value in form.items() if isinstance(value, str)}}, content
    except OSError as error:
        raise cannot_write(error) from error


def _import(ws: Workspace, fields: dict[str, Any], content: bytes) -> None:
    path = tree.normal(text(fields, "path"))
    form = text(fields, "format", "SOURCE").upper()
    overwrite = flag(fields, "overwrite", False)
    if form in _REFUSED:
        raise refused(f"importing the format {form}")
    if form not in _IMPORTS:
        raise invalid(f"format must be one of {', '.join(_IMPORTS)}, got {form[:80]!r}.")
    suffix = PurePosixPath(path).suffix
    if form == "JUPYTER" or (form == "AUTO" and suffix == ".ipynb"):
        source, language = jupyter.to_source(_text(content))
        stem = path.removesuffix(".ipynb") if form == "AUTO" else path
        return tree.write_notebook(ws, stem, language, source, overwrite)
    if form == "AUTO":
        language = tree.language_of(content[:64].decode("utf-8", "replace"), suffix) if suffix else None
        if language:
            return tree.write_notebook(ws, path.removesuffix(suffix), language, _text(content), overwrite)
    if form in ("AUTO", "RAW"):
        return tree.write_file(ws, path, content, overwrite)
    source = _text(content)
    language = str(fields.get("language") or tree.language_of(source) or "").upper()
    if language not in tree.LANGUAGES:
        raise invalid(
            f"Importing {path} as SOURCE needs language, one of {', '.join(tree.LANGUAGES)}; got {language[:80]!r}. "
            "Use format AUTO for a file that is not a notebook."
        )
    return tree.write_notebook(ws, path, language, source, overwrite)


def _decoded(content: str) -> bytes:
    try:
        return base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError) as error:
        raise invalid(f"content must be base64: {error}") from error


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise invalid(f"A notebook's content must be UTF-8 text: {error}") from error
