from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.payments.simulator import simulation
from include.payments.simulator.simulation import SECOND_SIGHTING, in_time_order, simulate

DAY = date(2026, 11, 3)


@given(st.lists(st.integers(0, 86_399_999), max_size=200))
def test_rows_of_the_same_time_keep_their_order(moments):
    ms = np.array(moments, np.int32)
    assert in_time_order(ms).tolist() == np.argsort(ms, kind="stable").tolist()


@settings(max_examples=40)
@given(st.integers(0, 500), st.integers(0, 2**40))
def test_exactly_as_many_events_each_after_the_one_that_it_repeats(events, seed):
    made = simulate(DAY, events, seed)
    assert len(made.slot) == events
    keys = list(zip(made.tries.purchase.tolist(), made.slot.tolist(), strict=True))
    assert len(set(keys)) == events
    place = {key: at for at, key in enumerate(keys)}
    for purchase, slot in keys:
        before = 0 if slot == SECOND_SIGHTING else slot - 1
        if slot:
            assert place[purchase, before] < place[purchase, slot]
    assert (np.diff(made.tries.ms) >= 0).all()


def test_when_the_purchases_do_not_suffice_more_are_drawn(monkeypatch):
    monkeypatch.setattr(simulation, "_purchases_for", lambda events: 1)
    made = simulate(DAY, 300, 1)
    assert len(made.slot) == 300
    assert len(made.bought.card) == 300


def test_the_estimate_of_purchases_suffices_and_wastes_little():
    for seed in range(3):
        made = simulate(DAY, 50_000, seed)
        assert 0.90 * 50_000 < len(made.bought.card) < 0.97 * 50_000


def test_what_is_cut_changes_no_mix():
    whole, cut = (simulate(DAY, events, 3) for events in (60_000, 59_000))
    rates = [made.tries.probability.mean() for made in (whole, cut)]
    assert abs(rates[0] - rates[1]) < 0.01


def test_second_sightings_follow_within_seconds_and_the_minute(made):
    again = made.slot == SECOND_SIGHTING
    assert 0.004 < again.mean() < 0.02
    first = np.zeros(len(made.bought.card), int)
    first[made.tries.purchase[made.slot == 0]] = made.tries.ms[made.slot == 0]
    before, after = first[made.tries.purchase[again]], made.tries.ms[again]
    assert ((after - before >= 0) & (after - before < 20_000)).all()
    assert (after // 60_000 == before // 60_000).all()
    assert made.downstream[again].all()


@pytest.mark.parametrize(("events", "seed"), [(-1, 1), (1, -1)])
def test_negative_input_is_refused(events, seed):
    with pytest.raises(ValueError, match="must not be negative"):
        simulate(DAY, events, seed)
