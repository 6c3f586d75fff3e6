"""Databricks paths on this machine: `/Workspace/...` and `/Volumes/...` are folders of the local workspace."""

import os
import re
import sys
from importlib.machinery import EXTENSION_SUFFIXES, ExtensionFileLoader, FileFinder, SourceFileLoader
from pathlib import Path

_NOTEBOOK_SUFFIXES = ("", ".py", ".sql")


class BadPath(ValueError):
    """A path that leads nowhere, or out of the folders that a run may use."""


def files_root() -> Path:
    """The folder behind `/Workspace`."""
    return Path(os.environ["WORKSPACE_FILES_ROOT"])


def volumes_root() -> Path:
    """The folder behind `/Volumes`."""
    return Path(os.environ["VOLUMES_ROOT"])


def workspace_path(path: str, relative_to: str | None = None) -> str:
    """A workspace path in its plain form: absolute, without `/Workspace`, without `.` and `..`.

    `relative_to` is the folder that a relative path starts from. Raises BadPath for a path that climbs out.
    """
    text = path.removeprefix("file:")
    if not text.startswith("/"):
        if relative_to is None:
            raise BadPath(f"{path!r} is not an absolute workspace path such as /Workspace/Shared/...")
        text = f"{relative_to}/{text}"
    parts: list[str] = []
    for part in text.split("/"):
        if part == "..":
            if not parts:
                raise BadPath(f"{path!r} leads out of the workspace.")
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    if parts[:1] == ["Workspace"]:
        parts = parts[1:]
    return "/" + "/".join(parts)


def workspace_file(path: str, relative_to: str | None = None) -> Path:
    """The local file or folder of a workspace path; it need not exist."""
    return _below(files_root(), workspace_path(path, relative_to).lstrip("/"), path)


def notebook_file(path: str, relative_to: str | None = None) -> Path:
    """The source file of a notebook, named with or without its suffix. Raises BadPath if there is none."""
    plain = workspace_file(path, relative_to)
    for suffix in _NOTEBOOK_SUFFIXES:
        file = plain.with_name(plain.name + suffix)
        if file.is_file():
            return file
    shown = workspace_path(path, relative_to)
    raise BadPath(
        f'Unable to access the notebook "{shown}". Either it does not exist, or the identity used to run this job '
        "lacks the required permissions. Import it into the workspace first."
    )


def local(path: str) -> Path:
    """The local file of a path as dbutils.fs takes it: /Volumes, dbfs:/Volumes, /Workspace, file:/Workspace.

    Raises BadPath for every other place, for a volume that does not exist, and for a path that climbs out.
    """
    text = re.sub(r"^(dbfs|file):/*", "/", path)
    if text.startswith("/Volumes/"):
        parts = text.removeprefix("/Volumes/").strip("/").split("/")
        if len(parts) < 3:
            raise BadPath(f"{path!r} does not name a volume: use /Volumes/<catalog>/<schema>/<volume>/...")
        volume = _below(volumes_root(), "/".join(parts[:3]), path)
        if not volume.is_dir():
            raise BadPath(f"Volume {'.'.join(parts[:3])} does not exist: create it first.")
        return _below(volume, "/".join(parts[3:]), path)
    if text.startswith("/Workspace/"):
        return workspace_file(text)
    raise BadPath(f"{path!r} is not served by the local workspace: use /Volumes/... or /Workspace/...")


def _below(root: Path, relative: str, shown: str) -> Path:
    """root/relative, with links resolved, if that is inside root."""
    root = root.resolve()
    found = (root / relative).resolve()
    if found != root and root not in found.parents:
        raise BadPath(f"{shown!r} leads out of the workspace.")
    return found


class _Loader(SourceFileLoader):
    """A module of the workspace: Spark's own Python processes can't import it, so its functions travel by value."""

    def exec_module(self, module) -> None:
        from pyspark import cloudpickle

        super().exec_module(module)
        cloudpickle.register_pickle_by_value(module)

    def __reduce__(self):
        # A module travels with its loader; the other side has only the standard one.
        return SourceFileLoader, (self.name, self.path)


def install_import_hook() -> None:
    """Let entries of sys.path that begin with /Workspace/ work: modules are found in the workspace's files."""
    loaders = (ExtensionFileLoader, EXTENSION_SUFFIXES), (_Loader, [".py"])

    def hook(entry: str) -> FileFinder:
        if not entry.startswith("/Workspace/"):
            raise ImportError(entry)
        return FileFinder(str(workspace_file(entry)), *loaders)

    sys.path_hooks.insert(0, hook)
    sys.path_importer_cache.clear()
