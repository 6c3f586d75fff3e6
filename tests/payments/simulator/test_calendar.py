from collections import Counter
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from include.payments.simulator import calendar
from include.payments.simulator.blocks import CALM_DAYS, block_of, block_start
from include.payments.simulator.calendar import KINDS, decoys_of, incidents, planned_decoys
from include.payments.simulator.incidents import COLUMNS
from include.payments.simulator.world import BLOCK_DAYS, EPOCH

seeds = st.integers(0, 2**40)
days = st.dates(date(2015, 1, 1), date(2035, 1, 1))
blocks = st.integers(-50, 200)
few = settings(max_examples=20)  # a plan takes some 20 ms


def of_block(block: int, seed: int) -> list:
    start = block_start(block)
    found = [incidents(start + timedelta(days=n), seed) for n in range(BLOCK_DAYS)]
    return sorted({one for day in found for one in day}, key=lambda one: one.first)


@few
@given(blocks, seeds)
def test_a_block_has_each_kind_once_after_its_calm_days(block, seed):
    found = of_block(block, seed)
    assert Counter(one.kind for one in found) == dict.fromkeys(KINDS, 1)
    assert len({one.id for one in found}) == len(found)
    for one in found:
        assert block_start(block) + timedelta(days=CALM_DAYS) <= one.first <= one.last
        assert one.last < block_start(block + 1)
        assert (one.last - one.first).days < 5
        assert 4 < one.standard_errors < 12


@few
@given(days, seeds)
def test_every_two_weeks_have_incidents_and_every_four_have_ten_quiet_days_in_a_row(day, seed):
    window = [bool(incidents(day + timedelta(days=n), seed)) for n in range(BLOCK_DAYS)]
    assert any(window[:14])
    assert "0" * CALM_DAYS in "".join("01"[busy] for busy in window + window)


@few
@given(days, seeds)
def test_a_day_is_known_without_any_other(day, seed):
    before = incidents(day, seed), planned_decoys(day, seed)
    calendar._plan.cache_clear()
    assert (incidents(day, seed), planned_decoys(day, seed)) == before


@few
@given(days, seeds)
def test_cells_are_in_the_words_of_the_events(day, seed):
    for one in incidents(day, seed):
        assert one.values().keys() <= COLUMNS.keys()
        assert all(COLUMNS[column][1][number] == one.values()[column] for column, number in one.cell)


@few
@given(days, seeds)
def test_what_goes_on_at_the_same_time_is_not_in_the_same_place(day, seed):
    values = [value for one in incidents(day, seed) for value in one.cell]
    assert len(set(values)) == len(values)


@few
@given(blocks, seeds)
def test_a_block_plans_each_decoy_once_and_not_where_an_incident_is(block, seed):
    window = [block_start(block) + timedelta(days=n) for n in range(BLOCK_DAYS)]
    planned = {one for day in window for one in planned_decoys(day, seed)}
    assert Counter(one.kind for one in planned) == {"mix_shift": 1, "promotion": 1, "visitors": 1}
    hit = {one.values().get("merchant_id") for one in of_block(block, seed)}
    assert not hit & {value for one in planned for _, value in one.cell}


def test_seeds_and_blocks_differ():
    plans = {
        tuple((one.kind, one.cell, one.first) for one in of_block(block, seed)) for block in (1, 2) for seed in (1, 2)
    }
    assert len(plans) == 4


def test_holidays_discounts_and_new_merchants_are_decoys_for_every_seed():
    assert [one.kind for one in decoys_of(date(2026, 11, 2), 7)] == ["holiday"]
    kinds = {one.kind for one in decoys_of(date(2026, 11, 27), 7)}
    assert {"discounts", "new_merchant"} <= kinds
    [new] = [one for one in decoys_of(date(2026, 11, 20), 7) if one.kind == "new_merchant"]
    assert (new.cell, str(new.first), str(new.last)) == ((("merchant_id", "m_137"),), "2026-11-16", "2026-11-29")


def test_blocks_count_from_the_epoch_in_both_directions():
    assert block_of(EPOCH) == 0
    assert block_of(EPOCH - timedelta(days=1)) == -1
    assert block_start(37) == date(2026, 11, 1)
    assert block_of(date(2026, 11, 28)) == 37
