"""Pages of a listing. A token is the position of the next item, opaque to clients."""

import base64
import binascii

from ..errors import invalid
from .fields import whole


def page(
    items: list, fields: dict, default: int = 100, high: int = 1000, size: str = "max_results"
) -> tuple[list, dict]:
    """The items of the asked page, and `{"next_page_token": ...}` if there are more.

    `size` names the request's field for the page size; 0 or absent means the default, more than `high` means `high`.
    """
    count = min(whole(fields, size, 0, low=0) or default, high)
    start = _position(fields.get("page_token"))
    rest = {"next_page_token": _token(start + count)} if start + count < len(items) else {}
    return items[start : start + count], rest


def _token(position: int) -> str:
    return base64.urlsafe_b64encode(f"at:{position}".encode()).decode()


def _position(token: str | None) -> int:
    if not token:
        return 0
    try:
        return int(base64.urlsafe_b64decode(token.encode()).decode().removeprefix("at:"))
    except (ValueError, binascii.Error) as error:
        raise invalid(f"page_token {token!r} did not come from this listing.") from error
