"""The events of a day as an Arrow table: purchases and their attempts put into the columns of the event schema."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..schema import EVENT_FIELDS, arrow_schema
from ..taxonomy import APPROVED_CODE, DECLINE_REASONS
from .attempts import APPROVED, REASONS, Attempts, draw_attempts
from .purchases import (
    DEVICE_TYPES,
    ENTRY_MODES,
    ENTRY_SYSTEMS,
    FLOWS,
    MIX,
    PASSKEY,
    SOLUTIONS,
    Purchases,
    draw_purchases,
)
from .world import COUNTRIES, CURRENCIES, NETWORKS, ROUTES, SEGMENTS, issuer_ids, world

SCHEMA = arrow_schema(EVENT_FIELDS)
_SLOTS = 8
"""Ids of a purchase: its attempts take the first, its second sighting the last."""
_SECOND_SIGHTING = _SLOTS - 1
_SECOND_SIGHTING_RATE = 0.008
_BYTES = [str(byte) for byte in range(256)]
_HEX = np.array([f"{byte:02x}".encode() for byte in range(256)], dtype="S2").view(np.uint8).reshape(256, 2)


def generate(day: date, events: int, seed: int) -> pa.Table:
    """Exactly `events` events of `day`, in the order of their time. The same (day, events, seed) gives the same table.

    Raises ValueError for a negative count or seed.
    """
    if events < 0 or seed < 0:
        raise ValueError(f"events ({events}) and seed ({seed}) must not be negative")
    rng = np.random.default_rng((seed, day.toordinal()))
    bought = draw_purchases(rng, events)
    tries = draw_attempts(rng, bought)
    rows, slot = _with_second_sightings(rng, tries, events)
    tries = tries.take(rows)
    second = tries.second + np.where(slot == _SECOND_SIGHTING, rng.integers(1, 20, events), 0)
    minute_end = np.floor(tries.second / 60.0) * 60.0 + 59.999
    second = np.minimum(second, minute_end)
    order = np.argsort(second, kind="stable")
    return _table(day, seed, bought, tries.take(order), slot[order], second[order], rng)


def _with_second_sightings(rng: np.random.Generator, tries: Attempts, events: int) -> tuple[np.ndarray, np.ndarray]:
    """Row numbers of `tries` and id slots for exactly `events` events.

    Some purchases are seen by a second entry system: their first attempt comes twice. What is over is cut at the end,
    so that no attempt loses the one that it repeats.
    """
    twice = (tries.number == 0) & (rng.random(len(tries.number)) < _SECOND_SIGHTING_RATE)
    rows = np.repeat(np.arange(len(tries.number)), 1 + twice)
    slot = tries.number[rows].copy()
    slot[np.flatnonzero(np.diff(rows, prepend=-1) == 0)] = _SECOND_SIGHTING
    return rows[:events], slot[:events]


def _table(
    day: date,
    seed: int,
    bought: Purchases,
    tries: Attempts,
    slot: np.ndarray,
    second: np.ndarray,
    rng: np.random.Generator,
) -> pa.Table:
    here, p, count = world(), tries.purchase, len(slot)
    again = slot == _SECOND_SIGHTING
    retry = tries.number > 0
    approved = tries.reason == APPROVED
    merchant, issuer, card = bought.merchant[p], bought.issuer[p], bought.card[p]
    entry = np.where(again, (bought.entry_system[p] + 1) % len(ENTRY_SYSTEMS), bought.entry_system[p])
    downstream = again | (np.isin(bought.flow[p], (0, 1, 2)) & (rng.random(count) < 0.5) & ~_seen_twice(p, again))
    routed = bought.routed[p]
    code = pa.array([reason.code for reason in DECLINE_REASONS])
    base = np.uint64(np.random.SeedSequence((seed, day.toordinal(), 1)).generate_state(1, np.uint64)[0])
    number = p.astype(np.uint64) * np.uint64(_SLOTS)
    midnight = np.datetime64(day, "us")
    columns = {
        "transaction_id": _ids(base + number + slot.astype(np.uint64)),
        "merchant_id": _labels([f"m_{i}" for i in range(len(here.merchant_country))], merchant),
        "cardholder_id": _numbered("ch_", card // 2 + 1),
        "card_token_id": _numbered("ct_", card + 1),
        "amount": bought.amount[p],
        "currency": _labels(CURRENCIES, here.merchant_country[merchant]),
        "card_network": _labels(NETWORKS, bought.network[p]),
        "card_bin": _labels(here.bins, issuer * len(NETWORKS) + bought.network[p]),
        "issuer_country": _labels(COUNTRIES, here.issuer_country[issuer]),
        "geo_country": _labels(COUNTRIES, bought.payer_country[p]),
        "merchant_segment": _labels(SEGMENTS, here.merchant_segment[merchant]),
        "entry_system": _labels(ENTRY_SYSTEMS, entry),
        "flow_type": _labels(FLOWS, bought.flow[p]),
        "transaction_stage": _labels(("entry_response", "downstream_response"), downstream),
        "payment_method_type": _labels(("credit", "debit"), bought.debit[p]),
        "payment_solution": _labels(SOLUTIONS, bought.solution[p]),
        "entry_mode": _labels(ENTRY_MODES, bought.entry_mode[p]),
        "device_type": _labels(DEVICE_TYPES, bought.device_type[p]),
        "device_fingerprint": _numbered("df_", bought.device[p] + 1),
        "ip_address": _addresses(bought.device[p]),
        "three_ds_routed": routed,
        "three_ds_friction": pa.array(bought.friction[p], mask=~routed),
        "three_ds_authenticated": pa.array(tries.authenticated, mask=~routed),
        "uses_3ds": bought.uses_3ds[p],
        "antifraud_used": bought.antifraud[p],
        "antifraud_result": _labels(
            ("pass", "fail", "not_run"), np.where(bought.antifraud[p], tries.antifraud_failed, 2)
        ),
        "vault_used": bought.vault[p],
        "data_only_used": bought.data_only[p],
        "click_to_pay_used": bought.click_to_pay[p],
        "idpay_invoked": bought.idpay[p],
        "idpay_success": pa.array(bought.idpay_success[p], mask=~bought.idpay[p]),
        "is_network_token": bought.token[p],
        "has_passkey": bought.solution[p] == PASSKEY,
        "is_recurring": bought.recurring[p],
        "is_retry": retry,
        "retry_count": tries.number.astype(np.int32),
        "fraud_score": bought.fraud_score[p],
        "aml_risk_score": bought.aml_score[p],
        "device_trust_score": bought.device_trust[p],
        "is_approved": approved,
        "decline_reason": _labels(REASONS, tries.reason, approved),
        "decline_code_raw": code.take(pa.array(tries.reason, mask=approved)),
        "merchant_response_code": _labels([*code.to_pylist(), APPROVED_CODE], tries.reason % (len(code) + 1)),
        "processing_time_ms": tries.processing_ms,
        "event_timestamp": pa.array(midnight + (second * 1e6).round().astype("timedelta64[us]")).cast(
            SCHEMA.field("event_timestamp").type
        ),
        "route_name": _labels(ROUTES, tries.route),
        "route_propensity": tries.route_propensity,
        "retry_of_transaction_id": _ids(base + number + (tries.number - 1).astype(np.uint64), ~retry),
        "retry_delay_seconds": pa.array(tries.delay, mask=~retry),
        "retry_propensity": pa.array(tries.retry_propensity, mask=~retry),
        "issuer_id": _labels(issuer_ids(), issuer),
        "amount_usd": bought.amount_usd[p],
        "prior_approved_count": bought.known_approvals[p] + _approved_before(card, merchant, approved & ~again),
    }
    return pa.table([columns[name] for name in SCHEMA.names], schema=SCHEMA)


def _seen_twice(purchase: np.ndarray, again: np.ndarray) -> np.ndarray:
    """Whether the purchase of each row has a second sighting: the merchant then hears the first one."""
    return np.isin(purchase, purchase[again])


def _approved_before(card: np.ndarray, merchant: np.ndarray, approved: np.ndarray) -> np.ndarray:
    """Approvals of the same card at the same merchant earlier on the day, for rows in the order of their time."""
    pair = card.astype(np.int64) * 1_000_000 + merchant
    order = np.argsort(pair, kind="stable")
    running = np.cumsum(approved[order]) - approved[order]
    first = np.flatnonzero(np.diff(pair[order], prepend=-1))
    running -= np.repeat(running[first], np.diff(first, append=len(pair)))
    result = np.empty(len(pair), np.int64)
    result[order] = running
    return result


def _labels(values: tuple[str, ...] | list[str], numbers: np.ndarray, missing: np.ndarray | None = None) -> pa.Array:
    return pa.array(values).take(pa.array(numbers.astype(np.int32), mask=missing))


def _numbered(prefix: str, numbers: np.ndarray) -> pa.Array:
    return pc.binary_join_element_wise(prefix, pc.cast(pa.array(numbers), pa.string()), "")


def _addresses(devices: np.ndarray) -> pa.Array:
    """A private IPv4 address for each device."""
    spread = (devices * 2_654_435_761) & 0xFFFFFF
    return pc.binary_join_element_wise(
        "10", _labels(_BYTES, spread >> 16), _labels(_BYTES, spread >> 8 & 255), _labels(_BYTES, spread & 255), "."
    )


def _ids(numbers: np.ndarray, missing: np.ndarray | None = None) -> pa.Array:
    """`txn_` and 16 hex digits for 64-bit numbers: a bijective mix, so that distinct numbers give distinct ids."""
    mixed = numbers * np.uint64(MIX)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    text = np.empty((len(numbers), 20), np.uint8)
    text[:, :4] = np.frombuffer(b"txn_", np.uint8)
    text[:, 4:] = _HEX[mixed.astype(">u8").view(np.uint8)].reshape(len(numbers), 16)
    offsets = np.arange(0, 20 * len(numbers) + 1, 20, dtype=np.int32)
    ids = pa.StringArray.from_buffers(len(numbers), pa.py_buffer(offsets), pa.py_buffer(text))
    if missing is None:
        return ids
    return ids.take(pa.array(np.arange(len(numbers)), mask=missing))
