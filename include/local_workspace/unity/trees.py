"""Paths that clients send, as files below a folder that they must not leave."""

from pathlib import Path

from ..errors import invalid

_LONGEST_PART = 255
_LONGEST_PATH = 3000


def parts(path: str) -> list[str]:
    """The parts of an absolute path; one slash at its end is allowed. Raises 400 naming what is wrong."""
    if not path.startswith("/"):
        raise invalid(f"Path ({_short(path)}) must be absolute: it must start with '/'.")
    if len(path.encode(errors="surrogateescape")) > _LONGEST_PATH:
        raise invalid(f"Path ({_short(path)}) is longer than {_LONGEST_PATH} bytes.")
    found = path.removeprefix("/").removesuffix("/").split("/") if path.strip("/") else []
    for part in found:
        if part in ("", ".", ".."):
            raise invalid(f"Path ({_short(path)}) must not have empty parts, '.' or '..'.")
        if len(part.encode(errors="surrogateescape")) > _LONGEST_PART:
            raise invalid(f"Path ({_short(path)}) has a part of more than {_LONGEST_PART} bytes.")
        if any(ord(letter) < 32 or 0xD800 <= ord(letter) <= 0xDFFF for letter in part):
            raise invalid(f"Path ({_short(path)!r}) must not have control characters.")
    return found


def below(root: Path, names: list[str]) -> Path:
    """The file of these parts below `root`. Raises 400 when a symbolic link leads out of `root`."""
    target = root.joinpath(*names)
    real = root.resolve()
    if not target.resolve().is_relative_to(real):
        raise invalid(f"Path (/{_short('/'.join(names))}) leads out of its folder through a symbolic link.")
    return target


def _short(path: str) -> str:
    return path if len(path) <= 200 else f"{path[:200]}..."
