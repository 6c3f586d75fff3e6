"""The shape of a dashboard file, as far as the rules look at it; keys that are not named here may be there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,60}$")]
Cell = Annotated[int, Field(ge=0, le=1000)]
Size = Annotated[int, Field(ge=1, le=100)]
Title = Annotated[str, Field(min_length=1)]

_TO_CHANGE = {
    "missing": "add it",
    "string_pattern_mismatch": "use letters, digits, _ and - only, 60 at most",
    "literal_error": "use one of these",
    "string_too_short": "write what is seen",
}


class ShapeError(Exception):
    """The value is no dashboard: `findings` are pairs of a path and a message."""

    def __init__(self, findings: list[tuple[tuple, str]]):
        super().__init__(f"{len(findings)} findings")
        self.findings = findings


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, alias_generator=to_camel)


class Dataset(_Part):
    name: Name
    display_name: Title
    query_lines: Annotated[list[str], Field(min_length=1)]

    @property
    def sql(self) -> str:
        """The lines as the platform joins them: with nothing between."""
        return "".join(self.query_lines)


class QueryField(_Part):
    name: str
    expression: str


class Query(_Part):
    dataset_name: str
    fields: list[QueryField]
    disaggregated: bool


class NamedQuery(_Part):
    name: str
    query: Query


class Frame(_Part):
    show_title: Literal[True]
    title: Title


class Spec(_Part):
    version: int
    widget_type: str
    encodings: dict[str, Any]
    frame: Frame


class TextSpec(_Part):
    lines: list[str]


class Widget(_Part):
    name: Name
    queries: list[NamedQuery] = []
    spec: Spec | None = None
    multiline_textbox_spec: TextSpec | None = None


class Position(_Part):
    x: Cell
    y: Cell
    width: Size
    height: Size


class Item(_Part):
    widget: Widget
    position: Position


class Page(_Part):
    name: Name
    display_name: Title
    page_type: Literal["PAGE_TYPE_CANVAS", "PAGE_TYPE_GLOBAL_FILTERS"]
    layout_version: Literal["GRID_V1"]
    layout: Annotated[list[Item], Field(min_length=1)]

    @property
    def is_canvas(self) -> bool:
        return self.page_type == "PAGE_TYPE_CANVAS"


class Board(_Part):
    datasets: Annotated[list[Dataset], Field(min_length=1)]
    pages: Annotated[list[Page], Field(min_length=1)]

    @classmethod
    def read(cls, raw: Any) -> Board:
        """The board of a JSON value. Raises ShapeError."""
        try:
            return cls.model_validate(raw)
        except ValidationError as error:
            raise ShapeError([_explained(one) for one in error.errors(include_url=False)]) from error

    def widgets(self) -> Iterator[tuple[tuple, Page, Widget]]:
        """Every widget with its path and its page."""
        for page_number, page in enumerate(self.pages):
            for number, item in enumerate(page.layout):
                yield ("pages", page_number, "layout", number, "widget"), page, item.widget


def _explained(error: Any) -> tuple[tuple, str]:
    path = error["loc"]
    at = ".".join(str(key) for key in path if not isinstance(key, int)) or "the file"
    to_change = _TO_CHANGE.get(error["type"], "write it as the format asks")
    return path, f"{at}: {error['msg']}; {to_change}"
