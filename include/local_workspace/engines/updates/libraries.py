"""The source files that a pipeline's libraries name."""

import fnmatch

from ...errors import invalid, refused
from ...paths import Home
from ...runtime.dbruntime.paths import BadPath, workspace_path

_KINDS = ("file", "notebook", "glob")


def check(libraries: object) -> None:
    """Raises ApiError for a list that the local workspace cannot use."""
    if not isinstance(libraries, list):
        raise invalid("libraries must be a list of {file}, {notebook} or {glob} objects.")
    for library in libraries:
        kinds = [kind for kind in library if library[kind] is not None] if isinstance(library, dict) else []
        if kinds and kinds[0] not in _KINDS:
            raise refused(f"pipeline libraries of the kind {kinds[0]}")
        if len(kinds) != 1:
            raise invalid(f"Each library must be one of {', '.join(_KINDS)}; got {library!r}.")
        _path(library)


def files(libraries: list[dict], home: Home) -> list[str]:
    """Workspace paths of the source files, in order, each once. Raises BadPath if a library names nothing."""
    found: list[str] = []
    for library in libraries:
        path = workspace_path(_path(library))
        matches = _expand(path, home) if "glob" in library else [path]
        if not matches:
            raise BadPath(f"The library pattern {path} matches no source file.")
        found += [match for match in matches if match not in found]
    return found


def _path(library: dict) -> str:
    kind = next(kind for kind in library if library[kind] is not None)
    path = library[kind].get("include" if kind == "glob" else "path") if isinstance(library[kind], dict) else None
    if not isinstance(path, str) or not path.startswith("/"):
        raise invalid(f"The library {library!r} must name an absolute workspace path.")
    return path


def _expand(pattern: str, home: Home) -> list[str]:
    """`/folder/**` means all Python files below the folder, as documented; other patterns match whole paths."""
    root = home.files.resolve()
    paths = sorted("/" + str(file.relative_to(root)) for file in root.rglob("*.py"))
    wanted = pattern[:-2] + "*" if pattern.endswith("/**") else pattern
    return [path for path in paths if fnmatch.fnmatchcase(path, wanted)]
