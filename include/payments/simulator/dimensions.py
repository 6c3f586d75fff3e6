"""One row for each merchant, issuer, card and route that events refer to."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from ..schema import MERCHANT_FIELDS, arrow_schema
from ..seeds import ROUTES as ROUTE_ROWS
from .vocabulary import COUNTRIES, NETWORKS, RISK_TIERS, SEGMENTS
from .world import CARDS, EPOCH, FIRST_MERCHANTS, MERCHANTS, issuer_ids, world

ONBOARDING_DAYS = 10
"""A later merchant is onboarded so many days before its first sale."""


def merchants(day: date | None = None) -> pa.Table:
    """The merchants that were onboarded by `day` (UTC), or all, in the columns of MERCHANT_FIELDS."""
    here = world()
    onboarded = [datetime(2015, 1, 1) + timedelta(days=14 * i) for i in range(FIRST_MERCHANTS)]
    for days in here.merchant_opens[FIRST_MERCHANTS:].tolist():
        onboarded.append(datetime.combine(EPOCH, datetime.min.time()) + timedelta(days=days - ONBOARDING_DAYS))
    known = [i for i in range(MERCHANTS) if i < FIRST_MERCHANTS or day is None or onboarded[i].date() <= day]
    return pa.table(
        [
            [f"m_{i}" for i in known],
            [f"Merchant {i}" for i in known],
            [SEGMENTS[here.merchant_segment[i]] for i in known],
            [COUNTRIES[here.merchant_country[i]] for i in known],
            [RISK_TIERS[here.merchant_tier[i]] for i in known],
            [onboarded[i].replace(tzinfo=UTC) for i in known],
        ],
        schema=arrow_schema(MERCHANT_FIELDS),
    )


def issuers() -> pa.Table:
    """`issuer_id` and `issuer_country` (ISO 3166 alpha-2) of every issuer."""
    return pa.table({"issuer_id": issuer_ids(), "issuer_country": [COUNTRIES[c] for c in world().issuer_country]})


def cards() -> pa.Table:
    """Every card: `card_token_id`, its holder, issuer, network, BIN and whether it is `credit` or `debit`."""
    here, ids, numbers = world(), issuer_ids(), pa.array(range(CARDS))
    one = pa.scalar(1)
    return pa.table(
        {
            "card_token_id": _named("ct_", pc.add(numbers, one)),
            "cardholder_id": _named("ch_", pc.add(pc.divide(numbers, pa.scalar(2)), one)),
            "issuer_id": pa.array(ids).take(pa.array(here.card_issuer)),
            "card_network": pa.array(NETWORKS).take(pa.array(here.card_network)),
            "card_bin": pa.array(here.bins).take(pa.array(here.card_bin)),
            "payment_method_type": pa.array(["credit", "debit"]).take(pa.array(here.card_debit.astype("int8"))),
        }
    )


def routes() -> pa.Table:
    """`route_name` and `cost_score` (0 to 1) of every acquiring route."""
    return pa.table({name: [row[name] for row in ROUTE_ROWS] for name in ("route_name", "cost_score")})


def _named(prefix: str, numbers: pa.Array) -> pa.Array:
    return pc.binary_join_element_wise(prefix, pc.cast(numbers, pa.string()), "")
