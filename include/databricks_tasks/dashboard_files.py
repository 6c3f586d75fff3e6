"""The files of the dashboards, as they are deployed: the text, its datasets, its name in the workspace."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from include.payments import names

PROJECT = Path(__file__).resolve().parents[2]
SUFFIX = ".lvdash.json"
MAY_BE_EMPTY = " (may be empty)"
"""End of the display name of a dataset that has no rows on a good day."""


class BoardError(ValueError):
    """A file that cannot be deployed: a line for each finding, with file, place and what to change."""


@dataclass(frozen=True)
class Board:
    """One dashboard; `shown` is how messages name its file, `content` the parsed text."""

    shown: str
    text: str
    content: dict[str, Any]

    @property
    def name(self) -> str:
        """The file's name without its suffix: the dashboard's id in the project and in exports."""
        return Path(self.shown).name.removesuffix(SUFFIX)

    @property
    def display_name(self) -> str:
        return names.DASHBOARDS.get(self.name, self.name)

    @property
    def queries(self) -> dict[str, str]:
        """SQL of each dataset by its name."""
        return {
            dataset["name"]: "".join(dataset.get("queryLines", [])) or dataset.get("query", "")
            for dataset in self.content["datasets"]
        }

    def may_be_empty(self, dataset: str) -> bool:
        [found] = [each for each in self.content["datasets"] if each["name"] == dataset]
        return found.get("displayName", "").endswith(MAY_BE_EMPTY)


def files() -> list[str]:
    """The dashboards' files, relative to the project."""
    return [path.relative_to(PROJECT).as_posix() for path in sorted((PROJECT / "dashboards").glob(f"*{SUFFIX}"))]


def read(file: str) -> Board:
    """The dashboard of a file, checked as `make validate` checks it. Raises BoardError."""
    from include.checks import dashboards

    text = (PROJECT / file).read_text(encoding="utf-8")
    findings = list(dashboards.findings_in(text, file))
    if findings:
        raise BoardError("\n".join(findings))
    return Board(file, text, json.loads(text))
