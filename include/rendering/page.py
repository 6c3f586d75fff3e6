"""A dashboard as one HTML page that needs nothing else: no network, no server, no other file."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from html import escape

from . import palette, vega, widgets
from .datasets import Dataset
from .widgets import Board

_SCRIPTS = ("data.js", "draw.js", "table.js", "filters.js", "page.js")
_GLOBAL = "PAGE_TYPE_GLOBAL_FILTERS"


def html(board: Mapping, datasets: Mapping[str, Dataset], *, title: str, as_of: datetime) -> str:
    """The page of a dashboard (the content of an `.lvdash.json`) and its executed datasets, by their names in it.

    `as_of` is the moment (with a zone) up to which the data reach. What cannot be drawn is a box that says why.
    """
    model = describe(Board(board, datasets), title, as_of)
    libraries = [vega.script(), *((vega.ASSETS / name).read_text(encoding="utf-8") for name in _SCRIPTS)]
    scripts = [text.replace("</script", "<\\/script") for text in libraries]
    style = palette.css() + (vega.ASSETS / "page.css").read_text(encoding="utf-8")
    maps = any(widget.get("type") == "choropleth-map" for page in model["pages"] for widget in page["widgets"])
    blocks = {"model": model, **({"world": vega.world_tables()} if maps else {})}
    blocks |= {about["block"]: datasets[name].data() for name, about in model["datasets"].items()}
    # Vega writes style attributes on what it draws; a style can neither run nor reach the network here.
    policy = (
        f"default-src 'none'; script-src {' '.join(_hash(text) for text in scripts)}; "
        "style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    )
    return "\n".join([
        "<!DOCTYPE html>",
        '<html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title>",
        f"<style>{style}</style></head>",
        "<body><noscript>This page draws its figures with JavaScript, which is off here.</noscript>",
        *(f'<script type="application/json" id="{name}">{embedded(value)}</script>' for name, value in blocks.items()),
        *(f"<script>{text}</script>" for text in scripts),
        "</body></html>\n",
    ])  # fmt: skip


def describe(board: Board, title: str, as_of: datetime) -> dict:
    """All that the page's script needs, beside the rows."""
    pages = [_page(board, page) for page in board.content.get("pages", [])]
    used = {name for page in pages for widget in page["widgets"] for name in _used(widget)}
    return {
        "title": title,
        "asOf": as_of.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "pages": [page for page in pages if not page["global"]],
        "filters": [widget for page in pages if page["global"] for widget in page["widgets"]],
        "datasets": {
            name: {
                "block": f"data-{at}",
                "sql": dataset.sql,
                "seconds": round(dataset.seconds, 3),
                "rows": len(dataset.rows),
                "error": dataset.error,
                "truncated": dataset.truncated,
            }
            for at, (name, dataset) in enumerate(board.datasets.items())
            if name in used
        },
    }


def embedded(value) -> str:
    """JSON that cannot end the script element that it stands in, nor be taken for markup."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _page(board: Board, page: Mapping) -> dict:
    placed = sorted(page.get("layout", []), key=lambda item: (item["position"]["y"], item["position"]["x"]))
    shown = []
    for item in placed:
        place = item["position"]
        cells = [place["x"], place["y"], place["width"], place["height"]]
        shown.append({**widgets.describe(board, item["widget"]), "cells": cells})
    return {
        "name": page["name"],
        "title": page.get("displayName") or page["name"],
        "global": page.get("pageType") == _GLOBAL,
        "widgets": shown,
    }


def _used(widget: Mapping) -> list[str]:
    return [widget["dataset"]] if "dataset" in widget else [name for name, _ in widget.get("targets", [])]


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
