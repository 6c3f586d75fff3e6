"""docs/parity.md has a row for every route that the local workspace serves."""

import re
from pathlib import Path

from include.local_workspace.server import _routers

PARITY = Path(__file__).resolve().parents[2] / "docs" / "parity.md"


def test_every_served_route_has_its_row():
    prefixes = []
    for line in PARITY.read_text().splitlines():
        if not line.startswith("| `/"):
            continue
        cells = re.findall(r"`([^`]+)`", line.split("|")[1])
        base = cells[0].rsplit("/", 1)[0]
        prefixes += [cell if cell.startswith("/") else f"{base}/{cell}" for cell in cells]
    served = {route.path for router in _routers() for route in router.routes}

    assert sorted(path for path in served if not path.startswith(tuple(prefixes))) == []
