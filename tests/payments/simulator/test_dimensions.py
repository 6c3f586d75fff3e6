from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.payments.simulator import generate, merchants
from include.payments.simulator.dimensions import ONBOARDING_DAYS, cards, issuers, routes
from include.payments.simulator.world import EPOCH, FIRST_MERCHANTS, MERCHANTS, OPEN_DAYS, world

# A merchant that opens on that day.
LATER = FIRST_MERCHANTS + 37
OPENS = EPOCH + timedelta(days=int(world().merchant_opens[LATER]))


@pytest.mark.parametrize(
    ("table", "key", "columns"),
    [
        (issuers, "issuer_id", ["issuer_country"]),
        (cards, "card_token_id", ["cardholder_id", "issuer_id", "card_network", "card_bin", "payment_method_type"]),
        (routes, "route_name", []),
        (merchants, "merchant_id", ["merchant_segment"]),
    ],
)
def test_every_event_refers_to_one_row_that_agrees_with_it(events, table, key, columns):
    dimension = table().to_pandas()
    assert dimension[key].is_unique
    joined = events.merge(dimension, on=key, suffixes=("", "_dim"))
    assert len(joined) == len(events)
    for column in columns:
        assert (joined[column] == joined[f"{column}_dim"]).all(), column


def test_cards_have_issuers_that_exist():
    assert set(cards()["issuer_id"].to_pylist()) <= set(issuers()["issuer_id"].to_pylist())
    assert cards().num_rows == 200_000


@settings(max_examples=25)
@given(st.dates(date(2019, 1, 1), date(2032, 1, 1)))
def test_who_sells_on_a_day_was_onboarded_by_then(day):
    known = set(merchants(day)["merchant_id"].to_pylist())
    sold = set(generate(day, 300, 1)["merchant_id"].to_pylist())
    assert sold <= known
    assert len(known) >= FIRST_MERCHANTS


def test_a_later_merchant_is_onboarded_then_opens_then_leaves():
    onboarded = OPENS - timedelta(days=ONBOARDING_DAYS)
    assert f"m_{LATER}" not in merchants(onboarded - timedelta(days=1))["merchant_id"].to_pylist()
    assert f"m_{LATER}" in merchants(onboarded)["merchant_id"].to_pylist()
    closes = OPENS + timedelta(days=OPEN_DAYS)
    sells = {
        day: f"m_{LATER}" in set(generate(day, 3000, 1)["merchant_id"].to_pylist())
        for day in (OPENS - timedelta(days=1), OPENS, closes - timedelta(days=1), closes)
    }
    assert list(sells.values()) == [False, True, True, False]


def test_merchants_differ_in_size_and_tier():
    here = world()
    assert here.merchant_size[:FIRST_MERCHANTS].sum() == pytest.approx(1)
    assert here.merchant_size[:FIRST_MERCHANTS].max() > 10 * here.merchant_size[:FIRST_MERCHANTS].min()
    assert set(here.merchant_tier.tolist()) == {0, 1, 2}
    assert merchants().num_rows == MERCHANTS
