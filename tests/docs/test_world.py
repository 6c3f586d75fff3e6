"""docs/world.md says the numbers that the simulator has, and shows pictures that are there."""

import re

import numpy as np
import pytest

from include.payments.simulator import approval, retries, routes
from include.payments.simulator.calendar import KINDS
from include.payments.simulator.vocabulary import NETWORKS, REASON, ROUTES
from include.payments.simulator.world import BLOCK_DAYS, EPOCH, OPEN_DAYS, world
from tests.conftest import PROJECT

PAGE = (PROJECT / "docs" / "world.md").read_text()


def row(first: str) -> list[str]:
    """The cells of the table row that begins with a word, without that word."""
    [line] = re.findall(rf"(?m)^\| `?{re.escape(first)}\b(.*)\|$", PAGE)
    return [cell.strip() for cell in line.split("|")[1:]]


@pytest.mark.parametrize("reason", REASON)
def test_the_retry_policy_is_that_of_the_code(reason):
    assert [float(cell) for cell in row(reason)] == retries.PROBABILITY[REASON[reason]].tolist()


@pytest.mark.parametrize("network", NETWORKS)
def test_the_route_policy_is_that_of_the_code(network):
    assert [route for route in ROUTES if route.removeprefix("psp_") in PAGE] == list(ROUTES)
    cells = [[float(number) for number in cell.split("/")] for cell in row(network)]
    assert np.array(cells).T.tolist() == routes.POLICY[NETWORKS.index(network)].tolist()


def test_every_kind_of_incident_has_its_row_and_says_whether_it_is_hidden():
    assert {kind: "hidden" in " ".join(row(kind)) for kind in KINDS} == {kind: KINDS[kind].hidden for kind in KINDS}


def test_the_numbers_in_the_text_are_those_of_the_code():
    words = " ".join(PAGE.split())
    assert f"first attempt are {approval.BASE} and" in words
    assert f"blocks of {BLOCK_DAYS} days, counted from {EPOCH}" in words
    assert f"opens every {BLOCK_DAYS} days and sells for {OPEN_DAYS}" in words
    limits, scores = world().issuer_limit_usd, world().issuer_score_limit
    assert f"about {limits.min():.0f} to {round(limits.max(), -2):.0f} dollars" in words
    assert f"({scores.min()} to {scores.max()})" in words


def test_its_pictures_are_there():
    shown = re.findall(r"\]\((images/[^)]+)\)", PAGE)
    assert len(shown) == 5
    assert all((PROJECT / "docs" / name).is_file() for name in shown)
