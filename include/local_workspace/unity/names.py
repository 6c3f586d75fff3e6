"""Names of catalog objects: what is allowed here, and an error that says so."""

import re

from ..engines.spark.names import InvalidNameError, check_identifier
from ..errors import ApiError, invalid

_NAME = re.compile(r"[a-z0-9_]{1,255}")


def name(value: object, what: str) -> str:
    """One name, in lower case. `what` says of what ("catalog", "table"). Raises 400 naming it and what is allowed."""
    lowered = value.lower() if isinstance(value, str) else ""
    if not _NAME.fullmatch(lowered):
        raise invalid(
            f"{_shown(value)} is not a valid {what} name: use 1 to 255 letters, digits and underscores "
            "(no dots, quotes, spaces, slashes or semicolons)."
        )
    if what in ("catalog", "schema"):
        try:
            return check_identifier(what, lowered)
        except InvalidNameError as error:
            raise invalid(str(error)) from error
    return lowered


def split(full_name: object, *kinds: str) -> tuple[str, ...]:
    """The parts of a full name such as "catalog.schema.table"; `kinds` says what each part is."""
    found = str(full_name).split(".") if isinstance(full_name, str) else []
    if len(found) != len(kinds):
        raise invalid(f"{_shown(full_name)} is not a full {kinds[-1]} name: it must have the form {'.'.join(kinds)}.")
    return tuple(name(part, kind) for part, kind in zip(found, kinds, strict=True))


def missing(kind: str, full_name: str) -> ApiError:
    """404 with the code of this kind, such as TABLE_DOES_NOT_EXIST."""
    return ApiError(f"{kind.upper()}_DOES_NOT_EXIST", f"{kind.capitalize()} '{full_name}' does not exist.", 404)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}...'"
