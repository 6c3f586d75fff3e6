"""`%pip install` without installing: what a notebook asks for is compared with what is there."""

import re
import shlex
from importlib import metadata
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

from . import paths

_HARMLESS = (
    "-q",
    "-qq",
    "-qqq",
    "--quiet",
    "-U",
    "--upgrade",
    "--no-deps",
    "--no-cache-dir",
    "--disable-pip-version-check",
)


class Unsatisfied(Exception):
    """The environment lacks what a notebook or a job environment asks for."""


def install(arguments: str, folder: str) -> list[str]:
    """Check the arguments of `%pip`; returns what is there, as name==version.

    Raises Unsatisfied when something is missing or has another version, ValueError for what cannot be checked.
    """
    words = shlex.split(arguments, comments=True)
    if words[:1] != ["install"]:
        raise ValueError(f"%pip {arguments.strip()!r}: only `%pip install` is served by the local workspace.")
    wanted: list[str] = []
    rest = iter(words[1:])
    for word in rest:
        if word in ("-r", "--requirement"):
            wanted += _lines(paths.workspace_file(next(rest, ""), folder))
        elif word not in _HARMLESS:
            wanted.append(word)
    return check(wanted)


def check(wanted: list[str]) -> list[str]:
    """Check requirement lines, as in requirements.txt. Raises as `install` does."""
    return [_check(line) for line in wanted]


def _check(line: str) -> str:
    try:
        requirement = Requirement(line)
    except InvalidRequirement as error:
        raise ValueError(
            f"{line!r} cannot be checked by the local workspace: only names with versions, such as numpy>=2, are."
        ) from error
    try:
        found = metadata.version(requirement.name)
    except metadata.PackageNotFoundError as error:
        raise Unsatisfied(
            f"{requirement} is asked for, but {requirement.name} is not installed. The local workspace installs "
            "nothing at run time: add it to the project's requirements."
        ) from error
    if not requirement.specifier.contains(found, prereleases=True):
        raise Unsatisfied(
            f"{requirement} is asked for, but {requirement.name} {found} is installed. The local workspace installs "
            "nothing at run time: change the pin here or in the project's requirements."
        )
    return f"{requirement.name}=={found}"


def _lines(file: Path) -> list[str]:
    lines = (re.sub(r"(^|\s)#.*", "", line).strip() for line in file.read_text().splitlines())
    return [line for line in lines if line]
