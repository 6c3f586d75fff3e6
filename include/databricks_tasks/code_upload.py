"""The code that runs on Databricks, uploaded under a folder named by its content."""

from __future__ import annotations

import base64
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

PROJECT = Path(__file__).resolve().parents[2]
_NOTEBOOK = "# Databricks notebook source"
_COMPLETE = ".complete"


def code_files() -> dict[str, Path]:
    """Path below the upload folder -> local file: notebooks, pipeline sources and the domain package `payments`."""
    files = {}
    for source, target in ((PROJECT / "notebooks", "notebooks"), (PROJECT / "include" / "payments", "payments")):
        for path in sorted(source.rglob("*.py")):
            files[f"{target}/{path.relative_to(source).as_posix()}"] = path
    return files


def content_hash(files: dict[str, Path]) -> str:
    """16 hex digits that change when any file's name or content does."""
    digest = sha256()
    for name, path in files.items():
        content = path.read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:16]


def upload(workspace: WorkspaceClient, folder: str, say: Callable[[str], None]) -> str:
    """Upload the code below `<folder>/code/<hash>` and return that folder; does nothing if it is there, complete."""
    files = code_files()
    root = f"{folder}/code/{content_hash(files)}"
    if _exists(workspace, f"{root}/{_COMPLETE}"):
        say(f"code is there: {root}")
        return root
    for directory in sorted({f"{root}/{name}".rpartition("/")[0] for name in files}):
        workspace.workspace.mkdirs(directory)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda item: _import(workspace, f"{root}/{item[0]}", item[1].read_bytes()), files.items()))
    _import(workspace, f"{root}/{_COMPLETE}", b"")
    say(f"uploaded {len(files)} files to {root}")
    return root


def notebook(root: str, name: str) -> str:
    """Workspace path of a notebook in an upload: notebooks have no suffix there."""
    return f"{root}/notebooks/{name}"


def on_driver(path: str) -> str:
    """A workspace path as Python code on Databricks sees it."""
    return f"/Workspace{path}"


def _import(workspace: WorkspaceClient, path: str, content: bytes) -> None:
    from databricks.sdk.service.workspace import ImportFormat, Language

    text = base64.b64encode(content).decode()
    if content.startswith(_NOTEBOOK.encode()):
        workspace.workspace.import_(
            path.removesuffix(".py"), content=text, format=ImportFormat.SOURCE, language=Language.PYTHON, overwrite=True
        )
    else:
        workspace.workspace.import_(path, content=text, format=ImportFormat.AUTO, overwrite=True)


def _exists(workspace: WorkspaceClient, path: str) -> bool:
    from databricks.sdk.errors import NotFound

    try:
        workspace.workspace.get_status(path)
    except NotFound:
        return False
    return True
