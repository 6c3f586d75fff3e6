"""When a minute of payments is worth an alert: Spark SQL expressions that compare it with what is usual.

A cell is a merchant segment, payment solution and card network in one minute. What is usual for it comes from the last
`HISTORY_DAYS` days of gold, by main effects: the value of segment and solution, moved by what the network, and by what
the hour of the day, make of the segment. Where the history is too thin a fixed bound stands in.

About 190 cells are looked at in a minute for three kinds of alert. At `STANDARD_ERRORS` a normal mean would raise 0.001
false alarms an hour; shares of few payments have longer tails, and in the worst case (every cell at the size and the
rate up to 90 % where the tail is longest) it is `FALSE_ALARMS_PER_HOUR`. The error holds the sampling error of the
minute and of the history. What is left are days that really differ: a distance must also be large enough to matter.
"""

from __future__ import annotations

from dataclasses import dataclass

HISTORY_DAYS = 28
MIN_HISTORY = 300
"""Fewer payments of a segment and solution, or of a segment and hour, are no history."""
MIN_EVENTS = 50
"""A cell with fewer payments in a minute raises no alert: the error of its mean is not near normal yet."""
STANDARD_ERRORS = 5.5
CRITICAL_STANDARD_ERRORS = 8.0
FALSE_ALARMS_PER_HOUR = 0.1

APPROVAL_FLOOR = 0.8
FRAUD_CEILING = 0.5
LATENCY_CEILING_MS = 500.0
"""What stands in for a history: the rate is expected to be at the floor, the means at the ceilings."""
APPROVAL_MATTERS = 0.03
FRAUD_MATTERS = 0.03
LATENCY_MATTERS = 0.1
"""Smallest distance that matters: of the rate (a share), of the fraud score, and of the latency (as a part of it)."""


@dataclass(frozen=True)
class Usual:
    """Figures of a gold table over the last days: aggregate expressions by name, for each value of `keys`."""

    table: str
    keys: tuple[str, ...]
    figures: dict[str, str]


def _share(part: str, whole: str) -> str:
    """A ratio of sums; DOUBLE, and NULL over nothing."""
    return f"CAST(sum({part}) AS DOUBLE) / nullif(CAST(sum({whole}) AS DOUBLE), 0)"


def _figures(name: str, approved: str = "approved_count") -> dict[str, str]:
    """What each table has, under names that begin with `name`."""
    return {
        f"{name}_count": "sum(transaction_count)",
        f"{name}_approval_rate": _share(approved, "transaction_count"),
        f"{name}_fraud_score": _share("fraud_score_sum", "fraud_score_count"),
        f"{name}_latency_ms": _share("latency_sum_ms", "latency_count"),
    }


_APPROVED = "if(is_approved, transaction_count, 0)"
USUAL = (
    Usual("gold_risk_daily", ("merchant_segment", "payment_solution"), _figures("cell")),
    Usual("gold_activity_hourly", ("merchant_segment",), _figures("segment")),
    Usual("gold_activity_hourly", ("merchant_segment", "event_hour"), _figures("hour")),
    Usual("gold_payments_daily", ("merchant_segment", "card_network"), _figures("network", _APPROVED)),
)
"""What is usual, to be joined to a minute's metrics by the keys; `event_hour` is the hour of the minute, UTC."""
HISTORY_TABLES = tuple(sorted({source.table for source in USUAL}))
READ_COLUMNS = {"fraud_score_sum", "fraud_score_count", "latency_sum_ms", "latency_count"}
"""Of each of the tables, besides keys and counts of payments."""
USUAL_COLUMNS = tuple(name for source in USUAL for name in source.figures)

_USABLE = f"(cell_count >= {MIN_HISTORY} AND hour_count >= {MIN_HISTORY})"


def _expected(figure: str, bound: float, low: float, high: float) -> str:
    """The figure of segment and solution, moved by network and hour, within bounds; `bound` without a history."""
    moves = (f"coalesce({by}_{figure} - segment_{figure}, 0)" for by in ("network", "hour"))
    moved = " + ".join((f"cell_{figure}", *moves))
    known = f"{_USABLE} AND cell_{figure} IS NOT NULL"
    return f"CASE WHEN {known} THEN greatest({low}, least({high}, {moved})) ELSE {bound} END"


EXPECTED = {
    "expected_rate": _expected("approval_rate", APPROVAL_FLOOR, 0.02, 0.98),
    "expected_fraud_score": _expected("fraud_score", FRAUD_CEILING, 0.0, 1.0),
    "expected_latency_ms": _expected("latency_ms", LATENCY_CEILING_MS, 0.0, 1e9),
    "history_error": f"CASE WHEN {_USABLE} THEN 1 / cell_count + 1 / hour_count ELSE 0 END",
    "history_count": f"CASE WHEN {_USABLE} THEN cell_count END",
}
"""Over a minute's metrics joined with what is usual. `history_error` is a variance, in units of one payment's."""

_VARIANCE = "(1 / transaction_count + history_error)"
DISTANCES = {
    "rate_gap": "expected_rate - approved_count / transaction_count",
    "fraud_gap": "avg_fraud_score - expected_fraud_score",
    "latency_gap": "avg_latency_ms - expected_latency_ms",
    "rate_distance": "(expected_rate - approved_count / transaction_count) "
    f"/ sqrt(expected_rate * (1 - expected_rate) * {_VARIANCE})",
    "fraud_distance": f"(avg_fraud_score - expected_fraud_score) / nullif(fraud_score_stddev * sqrt({_VARIANCE}), 0)",
    "latency_distance": f"(avg_latency_ms - expected_latency_ms) / nullif(latency_stddev_ms * sqrt({_VARIANCE}), 0)",
}
"""Over EXPECTED: how far the minute lies on the bad side, in its unit (gap) and in standard errors (distance)."""

LOW_APPROVAL = f"rate_gap >= {APPROVAL_MATTERS} AND rate_distance >= {STANDARD_ERRORS}"
HIGH_FRAUD = f"fraud_gap >= {FRAUD_MATTERS} AND fraud_distance >= {STANDARD_ERRORS}"
HIGH_LATENCY = f"latency_gap >= {LATENCY_MATTERS} * expected_latency_ms AND latency_distance >= {STANDARD_ERRORS}"
IS_ALERT = f"transaction_count >= {MIN_EVENTS} AND (({LOW_APPROVAL}) OR ({HIGH_FRAUD}) OR ({HIGH_LATENCY}))"


def _by_kind(approval: str, fraud: str, latency: str) -> str:
    return f"CASE WHEN {LOW_APPROVAL} THEN {approval} WHEN {HIGH_FRAUD} THEN {fraud} ELSE {latency} END"


_DISTANCE = _by_kind("rate_distance", "fraud_distance", "latency_distance")
_SOURCE = (
    "CASE WHEN history_count IS NULL THEN 'a fixed bound, as there is too little history' "
    f"ELSE concat('usual at this hour, by ', history_count, ' payments of the last {HISTORY_DAYS} days of gold') END"
)


def _message(what: str, seen: str, expected: str, side: str) -> str:
    return (
        f"concat('{what} ', {seen}, ' over ', transaction_count, ' payments in the minute; expected {side} ', "
        f"{expected}, ' (', {_SOURCE}, '): ', round({_DISTANCE}, 1), ' standard errors away')"
    )


_RATE = ("round(100 * approved_count / transaction_count, 1), ' %'", "round(100 * expected_rate, 1), ' %'")
ALERT_COLUMNS = {
    "alert_type": _by_kind("'LOW_APPROVAL_RATE'", "'HIGH_FRAUD_RATE'", "'HIGH_LATENCY'"),
    "severity": f"CASE WHEN {_DISTANCE} >= {CRITICAL_STANDARD_ERRORS} THEN 'CRITICAL' ELSE 'WARNING' END",
    "alert_message": _by_kind(
        _message("Approval rate", *_RATE, "at least"),
        _message("Mean fraud score", "round(avg_fraud_score, 3)", "round(expected_fraud_score, 3)", "at most"),
        _message("Mean latency", "round(avg_latency_ms), ' ms'", "round(expected_latency_ms), ' ms'", "at most"),
    ),
    "expected_rate_pct": "round(100 * expected_rate, 2)",
    "standard_errors": f"round({_DISTANCE}, 2)",
}
"""Columns of the alerts table that are not taken over as they are, over EXPECTED and DISTANCES."""
