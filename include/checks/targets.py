"""The settings of every target can be used."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from include.settings import TARGETS, SettingsError, resolve


def findings(root: Path) -> Iterator[str]:
    for name in TARGETS:
        try:
            resolve({"environment": name})
        except SettingsError as error:
            yield f"include/settings.py:1: target {name}: {error}"
