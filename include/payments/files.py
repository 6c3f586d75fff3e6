"""Plain Python files in Unity Catalog volumes.

Spark understands `/Volumes/...` everywhere. Plain Python does on Databricks; elsewhere the environment variable
VOLUMES_ROOT names the folder that stands for `/Volumes`.
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from uuid import uuid4

_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]*")
_BLOCK = 1 << 20


def volume_path(catalog: str, schema: str, volume: str) -> str:
    """The path of a volume as Spark and the Files API write it: `/Volumes/<catalog>/<schema>/<volume>`."""
    for part in (catalog, schema, volume):
        if not _PART.fullmatch(part):
            raise ValueError(f"{part!r} cannot be part of a volume path: use letters, digits and _")
    return f"/Volumes/{catalog}/{schema}/{volume}"


def local(path: str) -> Path:
    """Where plain Python finds `/Volumes/...`. Raises ValueError for a path outside of volumes or with `..` in it.

    Files may have any name, as people give them.
    """
    parts = path.split("/")
    if parts[:2] != ["", "Volumes"] or "\0" in path or not all(part.strip(".") for part in parts[2:]):
        raise ValueError(f"{path!r} is no path of a volume: it must look like /Volumes/catalog/schema/volume/file")
    return Path(os.environ.get("VOLUMES_ROOT") or "/Volumes").joinpath(*parts[2:])


def write(path: Path, content: bytes) -> None:
    """Write a file so that a reader sees all of it or none: to a hidden temporary file, then moved into place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{uuid4().hex}.tmp")
    try:
        temporary.write_bytes(content)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def sha256(path: Path) -> str:
    """Hash of a file's content, as hex."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
