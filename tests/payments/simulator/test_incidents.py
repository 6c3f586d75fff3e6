"""How strong incidents are, measured on the events: each against the same day without it."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import pytest

from include.payments.simulator.attempts import in_cell
from include.payments.simulator.blocks import block_start
from include.payments.simulator.calendar import KINDS, incidents, planned_decoys
from include.payments.simulator.conditions import conditions
from include.payments.simulator.incidents import PROCESSING_TIME, Incident
from include.payments.simulator.reference import DAILY_EVENTS
from include.payments.simulator.simulation import Simulation, simulate
from include.payments.simulator.vocabulary import FRAUD_RING
from include.payments.simulator.world import BLOCK_DAYS

EVENTS = 120_000
SEED = 42
BLOCK = 37


@dataclass
class Effect:
    incident: Incident
    with_it: Simulation
    without: Simulation

    def standard_errors(self, cell) -> float:
        """How far the mean in a cell is off, in standard errors of a day of 20 000 events."""
        usual, now = self._values(self.without, cell), self._values(self.with_it, cell)
        variance = usual.var() if self.latency else usual.mean() * (1 - usual.mean())
        return abs(now.mean() - usual.mean()) / (variance / (len(usual) * DAILY_EVENTS / EVENTS)) ** 0.5

    def payments(self) -> float:
        return len(self._values(self.with_it, self.incident.cell)) * DAILY_EVENTS / EVENTS

    @property
    def latency(self) -> bool:
        return self.incident.metric == PROCESSING_TIME

    def _values(self, made: Simulation, cell) -> np.ndarray:
        rows = in_cell(replace(self.incident, cell=cell), made.bought, made.tries.purchase, made.tries.route)
        return made.tries.processing_ms[rows].astype(float) if self.latency else made.tries.probability[rows]


@pytest.fixture(scope="module")
def effects() -> dict[str, Effect]:
    """The incidents of a block, each on its first day."""
    window = [block_start(BLOCK) + timedelta(days=n) for n in range(BLOCK_DAYS)]
    found = {one.kind: one for day in window for one in incidents(day, SEED)}
    return {kind: measure(one) for kind, one in found.items()}


def measure(incident: Incident) -> Effect:
    day: date = incident.first
    decoys = planned_decoys(day, SEED)
    sides = [simulate(day, EVENTS, SEED, conditions(day, some, decoys)) for some in ((incident,), ())]
    return Effect(incident, *sides)


@pytest.mark.parametrize("kind", KINDS)
def test_an_incident_is_4_to_12_standard_errors_strong_in_its_cell(effects, kind):
    assert 4 <= effects[kind].standard_errors(effects[kind].incident.cell) <= 12


@pytest.mark.parametrize("kind", KINDS)
def test_its_cell_has_100_to_2000_payments_a_day(effects, kind):
    assert 100 <= effects[kind].payments() <= 2000


@pytest.mark.parametrize("kind", [kind for kind in KINDS if KINDS[kind].hidden])
def test_what_is_hidden_shows_in_its_cell_more_than_in_either_column(effects, kind):
    one = effects[kind]
    alone = [one.standard_errors((value,)) for value in one.incident.cell]
    assert len(alone) == 2
    assert max(alone) < 3.5
    assert max(alone) < 0.75 * one.standard_errors(one.incident.cell)


def test_at_least_two_kinds_are_hidden_and_two_columns_name_most():
    assert sum(kind.hidden for kind in KINDS.values()) >= 2


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("route_slow", "fraud_ring")])
def test_declines_of_an_incident_have_its_reason(effects, kind):
    one = effects[kind]

    def share(made: Simulation) -> float:
        rows = in_cell(one.incident, made.bought, made.tries.purchase, made.tries.route)
        return float((made.tries.reason[rows] == one.incident.reason).mean())

    assert share(one.with_it) > share(one.without) + 0.5 * one.incident.decline


def test_a_slow_route_is_slow_and_approves_as_before(effects):
    one = effects["route_slow"]
    rows = in_cell(one.incident, one.with_it.bought, one.with_it.tries.purchase, one.with_it.tries.route)
    assert one.incident.decline == one.incident.ring == 0
    assert one.incident.slow_ms > 10
    assert (one.with_it.tries.incident[rows] == 0).all()


def test_a_ring_pays_with_stolen_cards_on_few_devices(effects):
    made = effects["fraud_ring"].with_it
    ring = made.bought.fraud == FRAUD_RING
    [(_, merchant)] = effects["fraud_ring"].incident.cell
    assert (made.bought.merchant[ring] == merchant).all()
    assert 1 < len(np.unique(made.bought.device[ring])) <= 4
    assert len(np.unique(made.bought.card[ring])) > 100
    assert not (effects["fraud_ring"].without.bought.fraud == FRAUD_RING).any()


def test_a_ring_is_the_same_on_each_of_its_days():
    incident = next(one for one in (measure_ring(block) for block in range(30, 60)) if one.last > one.first)
    days = (incident.first, incident.first + timedelta(days=1))
    devices = []
    for day in days:
        bought = simulate(day, 20_000, SEED, conditions(day, (incident,), ())).bought
        devices.append(set(bought.device[bought.fraud == FRAUD_RING].tolist()))
    assert devices[0] == devices[1]


def measure_ring(block: int) -> Incident:
    window = [block_start(block) + timedelta(days=n) for n in range(BLOCK_DAYS)]
    return next(one for day in window for one in incidents(day, SEED) if one.kind == "fraud_ring")
