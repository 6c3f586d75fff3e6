"""The workspace's tree of notebooks, files and folders, kept as plain files.

A notebook `/Shared/x/nb` is the file `Shared/x/nb.py` (or .sql, .scala, .r) whose first line is the marker of notebook
sources; every other file is itself. What a run writes into the tree is listed like what was uploaded. The store holds
the numbers of objects.
"""

import os
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from ..context import Workspace
from ..errors import ApiError, exists, invalid, missing
from ..unity import trees
from .files import cannot_write

LANGUAGES = {"PYTHON": ".py", "SQL": ".sql", "SCALA": ".scala", "R": ".r"}
_MARKERS = {
    "PYTHON": "# Databricks notebook source",
    "SQL": "-- Databricks notebook source",
    "SCALA": "// Databricks notebook source",
    "R": "# Databricks notebook source",
}
_BY_SUFFIX = {suffix: language for language, suffix in LANGUAGES.items()}
_DASHBOARD = ".lvdash.json"


@dataclass(frozen=True)
class Node:
    """An object of the tree: its path as clients see it, the file behind it, and what it is."""

    path: str
    file: Path
    kind: str
    language: str | None = None


def normal(path: str) -> str:
    """`/Workspace/Shared/x/` and `/Shared/x` are one path: `/Shared/x`. Raises 400 for what is no path."""
    found = trees.parts(path)
    return "/" + "/".join(found[1:] if found[:1] == ["Workspace"] else found)


def find(ws: Workspace, path: str) -> Node | None:
    """The object at a normal path. A notebook is found by its path without and with its suffix."""
    file = _file(ws, path)
    if file.is_dir():
        return Node(path, file, "DIRECTORY")
    if file.is_file():
        return _node(path, file)
    for suffix, language in _BY_SUFFIX.items():
        source = file.with_name(file.name + suffix)
        if len(source.name.encode()) <= 255 and source.is_file() and marked(source) == language:
            return Node(path, source, "NOTEBOOK", language)
    return None


def require(ws: Workspace, path: str) -> Node:
    node = find(ws, path)
    if node is None:
        raise missing(f"Path ({path}) doesn't exist.")
    return node


def children(node: Node) -> list[Node]:
    """What a folder holds, by name."""
    base = node.path.rstrip("/")
    found = []
    for file in sorted(node.file.iterdir()):
        if file.is_dir():
            found.append(Node(f"{base}/{file.name}", file, "DIRECTORY"))
        elif file.is_file():
            found.append(_node(f"{base}/{file.name}", file))
    return found


def make_folders(ws: Workspace, path: str) -> None:
    """mkdir -p. Raises 400 if a part of the path is something else than a folder."""
    names = trees.parts(path)
    for depth in range(1, len(names) + 1):
        part = "/" + "/".join(names[:depth])
        node = find(ws, part)
        if node and node.kind != "DIRECTORY":
            raise exists(f"Path ({part}) is a {node.kind.lower()}, not a folder.")
        if node is None:
            _file(ws, part).mkdir(exist_ok=True)


def write_notebook(ws: Workspace, path: str, language: str, source: str, overwrite: bool) -> None:
    """Keep a notebook's source; the marker is put in front if it is not there."""
    if not source.startswith(_MARKERS[language]):
        source = f"{_MARKERS[language]}\n{source}"
    old = _target(ws, path, "NOTEBOOK", overwrite)
    file = _file(ws, path)
    target = file.with_name(file.name + LANGUAGES[language])
    if len(target.name.encode()) > 255:
        raise invalid(f"Path ({path[:200]}) is too long for a notebook's name.")
    if target.exists() and marked(target) is None:
        raise exists(f"Path ({path}{LANGUAGES[language]}) is a file: the notebook {path} cannot be kept beside it.")
    _write(ws, target, source.encode())
    if old and old.file != target:
        old.file.unlink()


def write_file(ws: Workspace, path: str, content: bytes, overwrite: bool) -> None:
    _target(ws, path, "FILE", overwrite)
    _write(ws, _file(ws, path), content)


def move_file(ws: Workspace, path: str, to: str) -> None:
    """Rename a file, with its number, to a path in the same folder where nothing is."""
    require(ws, path).file.rename(_file(ws, to))
    known = ws.store.get("workspace_object", path)
    if known:
        ws.store.delete("workspace_object", path)
        ws.store.insert("workspace_object", to, {**known, "path": to})


def delete(ws: Workspace, path: str, recursive: bool) -> None:
    """Raises 400 for a folder that is not empty, unless `recursive`, and for the folders that always exist."""
    node = require(ws, path)
    home = f"/Users/{ws.user}"
    if path in ("/", "/Users", "/Shared", home):
        raise invalid(f"Folder ({path}) cannot be deleted.")
    if node.kind != "DIRECTORY":
        node.file.unlink()
    elif recursive:
        shutil.rmtree(node.file)
    else:
        try:
            node.file.rmdir()
        except OSError as error:
            raise ApiError("BAD_REQUEST", f"Folder ({path}) is not empty. Use recursive=true.") from error
    _forget(ws, path)


def describe(ws: Workspace, node: Node) -> dict:
    """An object as get-status and list answer it."""
    found = node.file.stat()
    number, created = _number(ws, node.path)
    info = {
        "object_type": node.kind, "path": node.path, "object_id": number, "resource_id": str(number),
        "created_at": created, "modified_at": int(found.st_mtime * 1000),
    }  # fmt: skip
    if node.language:
        info["language"] = node.language
    if node.kind == "FILE":
        info["size"] = found.st_size
    return info


def marked(file: Path) -> str | None:
    """The language of a file that is a notebook's source, by its suffix and its first line; else None."""
    language = _BY_SUFFIX.get(file.suffix)
    if language is None:
        return None
    with file.open("rb") as source:
        first = source.read(64).decode("utf-8", "replace").removeprefix("\ufeff")
    return language if first.startswith(_MARKERS[language]) else None


def language_of(source: str, suffix: str = "") -> str | None:
    """The language of a notebook's source text: by its suffix if that is known, and by its marker."""
    asked = _BY_SUFFIX.get(suffix.lower())
    for language in [asked] if asked else LANGUAGES:
        if source.startswith(_MARKERS[language]):
            return language
    return None


def _node(path: str, file: Path) -> Node:
    language = marked(file)
    if language:
        return Node(path.removesuffix(file.suffix), file, "NOTEBOOK", language)
    return Node(path, file, "DASHBOARD" if file.name.endswith(_DASHBOARD) else "FILE")


def _file(ws: Workspace, path: str) -> Path:
    for always in ("Shared", f"Users/{ws.user}"):
        (ws.home.files / always).mkdir(parents=True, exist_ok=True)
    return trees.below(ws.home.files, trees.parts(path))


def _target(ws: Workspace, path: str, kind: str, overwrite: bool) -> Node | None:
    """The object that a write would replace. Raises an error if it must not."""
    parent = path.rpartition("/")[0] or "/"
    if path == "/" or require(ws, parent).kind != "DIRECTORY":
        raise invalid(f"Path ({parent}) is not a folder.")
    node = find(ws, path)
    if node is None:
        return None
    if not overwrite:
        raise exists(f"Path ({path}) already exists. Use overwrite=true to replace it.")
    same = {"DASHBOARD": "FILE"}.get(node.kind, node.kind) == kind and node.path == path
    if not same:
        raise invalid(
            f"Cannot overwrite the asset at {path} due to type mismatch (asked: {kind}, actual: {node.kind})."
        )
    return node


def _write(ws: Workspace, target: Path, content: bytes) -> None:
    """Through a temporary file, so that a notebook which is read meanwhile is whole."""
    handle, name = tempfile.mkstemp(prefix=".part-", dir=ws.home.root)
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as sink:
            sink.write(content)
        part.chmod(0o644)
        part.replace(target)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise cannot_write(error) from error


def _number(ws: Workspace, path: str) -> tuple[int, int]:
    """The number of the object at a path, and since when it has it in milliseconds."""
    with ws.store.transaction():
        known = ws.store.get("workspace_object", path)
        if known is None:
            known = {"path": path, "object_id": ws.store.next_number("workspace_object"), "created": time.time()}
            ws.store.insert("workspace_object", path, known)
    return known["object_id"], int(known["created"] * 1000)


def _forget(ws: Workspace, path: str) -> None:
    with ws.store.transaction():
        for doc in ws.store.list("workspace_object"):
            if doc["path"] == path or doc["path"].startswith(f"{path}/"):
                ws.store.delete("workspace_object", doc["path"])
