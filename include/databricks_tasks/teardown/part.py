"""What a look at one product finds: what a teardown removes there, and what stays."""

from __future__ import annotations

import textwrap
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from include.settings import CREATED_BY

STREAM_RUNS = "live job runs on the stream"
PIPELINES = "pipelines"
PIPELINE_TABLES = "tables of the pipelines, which go with them"
VIEWS = "views"
TABLES = "tables"
VOLUMES = "volumes"
SCHEMA = "schema"
LAKEBASE_TABLES = "Lakebase tables"
LAKEBASE_SCHEMA = "Lakebase schema"
LAKEBASE_PROJECT = "Lakebase project"
DASHBOARDS = "dashboards"
GENIE_SPACE = "Genie space"
CODE = "uploaded code"
WAREHOUSE = "SQL warehouse"
KINDS = (STREAM_RUNS, PIPELINES, PIPELINE_TABLES, VIEWS, TABLES, VOLUMES, SCHEMA, LAKEBASE_TABLES, LAKEBASE_SCHEMA,
         LAKEBASE_PROJECT, DASHBOARDS, GENIE_SPACE, CODE, WAREHOUSE)  # fmt: skip

LACKS_TAG = f"lacks the tag {CREATED_BY['key']}={CREATED_BY['value']}: it was there before us"
_WIDTH = 110


@dataclass
class Part:
    """`removes`: names by kind. `stays`: by name, why something is left."""

    removes: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    stays: dict[str, str] = field(default_factory=dict)

    def add(self, other: Part) -> None:
        for kind, found in other.removes.items():
            self.removes[kind] += found
        self.stays |= other.stays

    def count(self) -> int:
        return sum(len(found) for found in self.removes.values())

    def lines(self) -> Iterator[str]:
        """The names in lines that fit a log."""
        for kind in KINDS:
            found = self.removes.get(kind)
            if found:
                text = f"to be removed: {len(found)} {kind}: {', '.join(found)}"
                yield from textwrap.wrap(text, _WIDTH, break_on_hyphens=False, break_long_words=False)
        yield from self.lines_of_what_stays()

    def lines_of_what_stays(self) -> Iterator[str]:
        for name, why in self.stays.items():
            yield f"stays: {name}: {why}"
