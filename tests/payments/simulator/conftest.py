"""A calm day of the simulator that several modules look at; made once for each seed."""

from datetime import date

import pandas as pd
import pytest

from include.payments.simulator.conditions import usual
from include.payments.simulator.events import table
from include.payments.simulator.simulation import Simulation, simulate

CALM_DAY = date(2026, 11, 3)
"""A Tuesday that is no holiday; simulated without incidents and decoys."""


@pytest.fixture(scope="session", params=(1, 42, 2026))
def made(request) -> Simulation:
    return simulate(CALM_DAY, 40_000, request.param, usual(CALM_DAY))


@pytest.fixture(scope="session")
def events(made) -> pd.DataFrame:
    return table(made).to_pandas()
