"""`dbutils.fs` on volumes and workspace files."""

import shutil
from collections import namedtuple
from pathlib import Path

from . import paths

FileInfo = namedtuple("FileInfo", "path name size modificationTime")
_HEAD_BYTES = 65536


class FileSystem:
    """Paths as on Databricks: /Volumes/..., dbfs:/Volumes/..., /Workspace/...; all others are refused."""

    def ls(self, dir: str) -> list[FileInfo]:
        """What a folder holds, folders with a slash at the end; a file lists itself."""
        place = _existing(dir)
        shown = dir.rstrip("/")
        if place.is_file():
            return [_info(shown, place)]
        return [_info(f"{shown}/{entry.name}", entry) for entry in sorted(place.iterdir())]

    def head(self, file: str, maxBytes: int = _HEAD_BYTES) -> str:  # noqa: N803
        with _existing(file).open("rb") as source:
            return source.read(maxBytes).decode("utf-8", "replace")

    def put(self, file: str, contents: str, overwrite: bool = False) -> bool:
        place = paths.local(file)
        if place.exists() and not overwrite:
            raise FileExistsError(f"{file} exists already; pass overwrite=True to replace it.")
        place.parent.mkdir(parents=True, exist_ok=True)
        part = place.with_name(f".{place.name}.part")
        part.write_text(contents)
        part.replace(place)
        print(f"Wrote {len(contents.encode())} bytes.")
        return True

    def mkdirs(self, dir: str) -> bool:
        paths.local(dir).mkdir(parents=True, exist_ok=True)
        return True

    def cp(self, from_: str, to: str, recurse: bool = False) -> bool:
        """Copy a file, or with recurse=True a folder; a file copied onto a folder goes into it."""
        source, target = _existing(from_), paths.local(to)
        if source.is_dir():
            if not recurse:
                raise IsADirectoryError(f"{from_} is a folder; pass recurse=True to copy it.")
            shutil.copytree(source, target, dirs_exist_ok=True)
            return True
        target = target / source.name if target.is_dir() else target
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        return True

    def mv(self, from_: str, to: str, recurse: bool = False) -> bool:
        self.cp(from_, to, recurse)
        return self.rm(from_, recurse)

    def rm(self, dir: str, recurse: bool = False) -> bool:
        """Remove a file or a folder; False if there is nothing."""
        place = paths.local(dir)
        if not place.exists():
            return False
        if place.is_file():
            place.unlink()
            return True
        if any(place.iterdir()) and not recurse:
            raise OSError(f"{dir} is a folder that is not empty; pass recurse=True to remove it.")
        shutil.rmtree(place)
        return True

    def __getattr__(self, name: str):
        raise NotImplementedError(f"dbutils.fs.{name} is not served by the local workspace. See docs/parity.md.")


def _existing(path: str) -> Path:
    place = paths.local(path)
    if not place.exists():
        raise FileNotFoundError(f"No such file or directory: {path}")
    return place


def _info(shown: str, place: Path) -> FileInfo:
    state = place.stat()
    folder = place.is_dir()
    path = shown if shown.startswith("dbfs:") or shown.startswith("/Workspace") else f"dbfs:{shown}"
    name = place.name + "/" if folder else place.name
    return FileInfo(path + "/" if folder else path, name, 0 if folder else state.st_size, int(state.st_mtime * 1000))
