"""docs/dashboards.md says of every dashboard what its file says, and where each question is answered."""

import re

import pytest

from include.checks.dashboards import PROJECT

from .conftest import BOARDS

PAGE = (PROJECT / "docs" / "dashboards.md").read_text()
LIST, ANSWERS = PAGE.split("## What the original's widgets asked")
ORIGINAL_WIDGETS = 93


def _rows(text: str) -> dict[str, list[str]]:
    lines = [line for line in text.splitlines() if line.startswith("| `")]
    return {re.findall(r"`(\w+)`", line)[0]: [cell.strip() for cell in line.strip("|").split("|")] for line in lines}


def test_every_dashboard_has_a_row_in_both_tables():
    assert _rows(LIST).keys() == _rows(ANSWERS).keys() == BOARDS.keys()


@pytest.mark.parametrize("name", BOARDS)
def test_reader_decision_pages_and_datasets_are_named(name):
    _, reader, decision, pages, datasets = _rows(LIST)[name]
    assert reader and decision
    canvases = [page for page in BOARDS[name]["pages"] if page["pageType"] == "PAGE_TYPE_CANVAS"]
    assert pages == ", ".join(page["displayName"] for page in canvases)
    assert re.findall(r"`(\w+)`", datasets) == [dataset["name"] for dataset in BOARDS[name]["datasets"]]


@pytest.mark.parametrize("name", BOARDS)
def test_questions_are_answered_by_widgets_that_exist(name):
    there = {place["widget"]["name"] for page in BOARDS[name]["pages"] for place in page["layout"]}
    answers = re.findall(r"`(\w+)`", _rows(ANSWERS)[name][2])
    assert answers and set(answers) <= there


def test_no_question_of_the_original_is_left_out():
    assert sum(int(row[1]) for row in _rows(ANSWERS).values()) == ORIGINAL_WIDGETS
