"""The text of a dashboard (`serialized_dashboard`): what may be written, and what the workspace adds to it."""

import json

from ..errors import invalid

EMPTY = '{"datasets":[],"pages":[]}\n'
_CANVAS = "PAGE_TYPE_CANVAS"


def stored(serialized: str, catalog: str | None = None, schema: str | None = None) -> str:
    """The text that is kept: catalog and schema in every dataset, a type for every page, one newline at its end.

    As the cloud was seen to do (its command line's test server, 2026-11-23): a text that needs no addition is kept as
    it is; a type that a page has stays. Raises 400 for what is no dashboard, with the place.
    """
    board = _checked(serialized)
    changed = False
    for page in board.get("pages", []):
        if "pageType" not in page:
            page["pageType"], changed = _CANVAS, True
    for dataset in board.get("datasets", []):
        for name, value in (("catalog", catalog), ("schema", schema)):
            if value and dataset.get(name) != value:
                dataset[name], changed = value, True
    text = json.dumps(board, ensure_ascii=False, separators=(",", ":")) if changed else serialized
    return text.rstrip("\n") + "\n"


def _checked(serialized: str) -> dict:
    try:
        serialized.encode()
        board = json.loads(serialized, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise invalid(
            f"serialized_dashboard is not JSON: {error.msg} at line {error.lineno}, column {error.colno}."
        ) from error
    except (ValueError, RecursionError) as error:
        raise invalid(f"serialized_dashboard is not JSON: {error}") from error
    if not isinstance(board, dict):
        raise invalid(f"serialized_dashboard must be a JSON object with datasets and pages, not {_kind(board)}.")
    for name in ("datasets", "pages"):
        items = board.get(name, [])
        if not isinstance(items, list):
            raise invalid(f"serialized_dashboard: {name} must be a list, not {_kind(items)}.")
        for position, item in enumerate(items):
            if not isinstance(item, dict):
                raise invalid(f"serialized_dashboard: {name}[{position}] must be an object, not {_kind(item)}.")
    return board


def _no_constant(name: str):
    raise ValueError(f"{name} is not a JSON value.")


def _kind(value: object) -> str:
    names = {list: "a list", dict: "an object", str: "a string", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")
