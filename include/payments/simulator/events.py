"""The events of a day as an Arrow table: purchases and their attempts put into the columns of the event schema."""

from __future__ import annotations

from datetime import date
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..schema import EVENT_FIELDS, arrow_schema
from .columns import ids, labels
from .declines import ISO_CODES, RAW_CODES
from .fraud import FIRST_FRAUD_DEVICE, FRAUD_DEVICES
from .simulation import SECOND_SIGHTING, Simulation, simulate
from .vocabulary import (
    APPROVED,
    COUNTRIES,
    CURRENCIES,
    DEVICE_TYPES,
    ENTRY_MODES,
    ENTRY_SYSTEMS,
    FLOWS,
    NETWORKS,
    PASSKEY,
    REASONS,
    ROUTES,
    SEGMENTS,
    SOLUTIONS,
)
from .world import CARDS, MERCHANTS, issuer_ids, world

SCHEMA = arrow_schema(EVENT_FIELDS)
_ROWS = 1 << 16
"""Rows of a batch: what is made for one fits into the caches."""
_MERCHANT_BITS = 8


def generate(day: date, events: int, seed: int) -> pa.Table:
    """Exactly `events` events of `day`, in the order of their time. The same (day, events, seed) gives the same table.

    Raises ValueError for a negative count or seed.
    """
    return table(simulate(day, events, seed))


def table(made: Simulation) -> pa.Table:
    """The events of a simulation, in its order."""
    before = _approved_before(made)
    rows = len(made.slot)
    batches = [_batch(made, before, slice(at, min(at + _ROWS, rows))) for at in range(0, rows, _ROWS)]
    return pa.Table.from_batches(batches, SCHEMA)


def _batch(made: Simulation, before: np.ndarray, rows: slice) -> pa.RecordBatch:
    here, tries, slot = world(), made.tries.take(rows), made.slot[rows]
    b = made.bought.take(tries.purchase)
    again, retry = slot == SECOND_SIGHTING, tries.number > 0
    approved, first = tries.reason == APPROVED, tries.number == 0
    id_numbers = made.id_numbers(rows)
    columns = {
        "transaction_id": ids(id_numbers),
        "merchant_id": labels(_names("m_", 0, MERCHANTS), b.merchant),
        "cardholder_id": labels(_names("ch_", 1, CARDS // 2), b.card // 2),
        "card_token_id": labels(_names("ct_", 1, CARDS), b.card),
        "amount": b.amount,
        "currency": labels(CURRENCIES, here.merchant_country[b.merchant]),
        "card_network": labels(NETWORKS, b.network),
        "card_bin": labels(here.bins, b.issuer.astype(np.int16) * len(NETWORKS) + b.network),
        "issuer_country": labels(COUNTRIES, here.issuer_country[b.issuer]),
        "geo_country": labels(COUNTRIES, b.payer_country),
        "merchant_segment": labels(SEGMENTS, here.merchant_segment[b.merchant]),
        "entry_system": labels(ENTRY_SYSTEMS, (b.entry_system + again) % len(ENTRY_SYSTEMS)),
        "flow_type": labels(FLOWS, b.flow),
        "transaction_stage": labels(("entry_response", "downstream_response"), made.downstream[rows].view(np.int8)),
        "payment_method_type": labels(("credit", "debit"), b.debit.view(np.int8)),
        "payment_solution": labels(SOLUTIONS, b.solution),
        "entry_mode": labels(ENTRY_MODES, b.entry_mode),
        "device_type": labels(DEVICE_TYPES, b.device_type),
        "device_fingerprint": labels(_names("df_", 1, FIRST_FRAUD_DEVICE + FRAUD_DEVICES), b.device),
        "ip_address": labels(_addresses(), b.device),
        "three_ds_routed": b.routed,
        "three_ds_friction": pa.array(b.friction, mask=~b.routed),
        "three_ds_authenticated": pa.array(tries.authenticated, mask=~b.routed),
        "uses_3ds": b.uses_3ds,
        "antifraud_used": b.antifraud,
        "antifraud_result": labels(("pass", "fail", "not_run"), np.where(b.antifraud, tries.antifraud_failed, 2)),
        "vault_used": b.vault,
        "data_only_used": b.data_only,
        "click_to_pay_used": b.click_to_pay,
        "idpay_invoked": b.idpay,
        "idpay_success": pa.array(b.idpay_success, mask=~b.idpay),
        "is_network_token": b.token,
        "has_passkey": b.solution == PASSKEY,
        "is_recurring": b.recurring,
        "is_retry": retry,
        "retry_count": tries.number.astype(np.int32),
        "fraud_score": b.fraud_score,
        "aml_risk_score": b.aml_score,
        "device_trust_score": b.device_trust,
        "is_approved": approved,
        "decline_reason": labels(REASONS, tries.reason, approved),
        "decline_code_raw": labels(RAW_CODES, b.network * len(REASONS) + tries.reason, approved),
        "merchant_response_code": labels(ISO_CODES, tries.reason % len(ISO_CODES)),
        "processing_time_ms": tries.processing_ms,
        "event_timestamp": _timestamps(made.day, tries.ms),
        "route_name": labels(ROUTES, tries.route),
        "route_propensity": tries.route_propensity,
        "retry_of_transaction_id": ids(id_numbers - np.uint64(1), first),
        "retry_delay_seconds": pa.array(tries.delay.astype(np.int64), mask=first),
        "retry_propensity": pa.array(tries.retry_propensity, mask=first),
        "issuer_id": labels(issuer_ids(), b.issuer),
        "amount_usd": b.amount_usd,
        "prior_approved_count": b.known_approvals.astype(np.int64) + before[rows],
    }
    return pa.record_batch([columns[name] for name in SCHEMA.names], schema=SCHEMA)


def _approved_before(made: Simulation) -> np.ndarray:
    """Approvals of the same card at the same merchant earlier on the day, for each event.

    Sorted by card, merchant and time in one integer a row; a second sighting is no approval of its own.
    """
    tries, rows = made.tries, len(made.slot)
    card, merchant = made.bought.card[tries.purchase], made.bought.merchant[tries.purchase]
    pair = card.astype(np.int64) << _MERCHANT_BITS | merchant
    keys = pair << 24 | np.arange(rows)
    keys.sort()
    order = keys & ((1 << 24) - 1)
    approved = ((tries.reason == APPROVED) & (made.slot != SECOND_SIGHTING))[order]
    running = np.cumsum(approved, dtype=np.int32) - approved
    first = np.flatnonzero(np.diff(keys >> 24, prepend=-1))
    running -= np.repeat(running[first], np.diff(first, append=rows))
    result = np.empty(rows, np.int32)
    result[order] = running
    return result


def _timestamps(day: date, ms: np.ndarray) -> pa.Array:
    midnight = np.datetime64(day, "us").astype(np.int64)
    return pa.array(midnight + ms.astype(np.int64) * 1000).cast(SCHEMA.field("event_timestamp").type)


@cache
def _names(prefix: str, first: int, count: int) -> pa.Array:
    """`prefix` with each number from `first` on."""
    numbers = pc.cast(pa.array(np.arange(first, first + count)), pa.string())
    return pc.binary_join_element_wise(prefix, numbers, "")


@cache
def _addresses() -> pa.Array:
    """A private IPv4 address for each device."""
    spread = np.arange(FIRST_FRAUD_DEVICE + FRAUD_DEVICES) * 2_654_435_761 & 0xFFFFFF
    byte = pa.array([str(number) for number in range(256)])
    parts = [byte.take(pa.array(spread >> shift & 255)) for shift in (16, 8, 0)]
    return pc.binary_join_element_wise("10", *parts, ".")
