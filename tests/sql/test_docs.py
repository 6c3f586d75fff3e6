"""docs/gold.md says of every table and view what its file says."""

import re
from pathlib import Path

import pytest

from include.payments import bootstrap, gold, lakebase

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "gold.md").read_text()
ROWS = dict(re.findall(r"^\| `(\w+)` \| (.+?) \|", PAGE.split("## Lakebase")[0], re.MULTILINE))
LAKEBASE_ROWS = dict(re.findall(r"^\| `(\w+)` \| (.+?) \|", PAGE.split("## Lakebase")[1], re.MULTILINE))
OBJECTS = [task.file for task in (*gold.tables(), *gold.views(), *bootstrap.tasks("c", "s"))]


@pytest.mark.parametrize("file", OBJECTS, ids=[file.name for file in OBJECTS])
def test_an_object_of_the_lakehouse_is_described(file):
    assert f"COMMENT '{ROWS[file.name]}'" in file.path.read_text().replace("\\'", "'")
    [line] = [line for line in PAGE.splitlines() if line.startswith(f"| `{file.name}` |") and line.count("|") == 4]
    assert set(re.findall(r"`(\w+)`", line.split("|")[3])) == file.reads


def test_the_page_describes_what_there_is_and_nothing_else():
    assert ROWS.keys() == {file.name for file in OBJECTS}
    assert LAKEBASE_ROWS.keys() == {task.file.name for task in lakebase.tasks("c", "s", "w")}


def test_the_tables_of_lakebase_are_described():
    for task in lakebase.tasks("c", "s", "w"):
        assert f"COMMENT ON TABLE {task.file.name} IS '{LAKEBASE_ROWS[task.file.name]}';" in task.file.path.read_text()
