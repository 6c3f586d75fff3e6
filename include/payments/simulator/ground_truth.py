"""What really happened: kept apart from the events, so that what models and agents find can be scored.

Nothing that trains, decides or reports may read it.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date

import numpy as np
import pyarrow as pa

from ..schema import Field, arrow_schema
from .attempts import NO_INCIDENT
from .calendar import decoys_of, incidents
from .columns import ids, labels
from .simulation import Simulation, simulate
from .vocabulary import FRAUD_PATTERNS, HONEST

TRUTH_FIELDS = (
    Field("transaction_id", "STRING", "Id of the event", True),
    Field("approval_probability", "DOUBLE", "Probability of approval, given all that precedes the answer", True),
    Field("is_fraud", "BOOLEAN", "Whether somebody other than the cardholder paid", True),
    Field("fraud_pattern", "STRING", "lone, card_testing, stolen_card or fraud_ring; NULL when it is no fraud"),
    Field("incident_id", "STRING", "Incident that the event is part of; NULL when it is part of none"),
)


def truth(day: date, events: int, seed: int) -> pa.Table:
    """The truth about each event of `generate(day, events, seed)`, in its order, with the columns of TRUTH_FIELDS.

    Probabilities have six decimals; with them the best AUC that any model can reach is known. An event that is part of
    an incident has the probability that the incident left it. Raises ValueError as `generate` does.
    """
    return truth_table(simulate(day, events, seed))


def truth_table(made: Simulation) -> pa.Table:
    """The truth about the events of a simulation, in its order."""
    pattern = made.bought.fraud[made.tries.purchase]
    names = [incident.id for incident in made.now.incidents]
    columns = {
        "transaction_id": ids(made.id_numbers(slice(None))),
        "approval_probability": np.round(made.tries.probability, 6),
        "is_fraud": pattern != HONEST,
        "fraud_pattern": labels(FRAUD_PATTERNS, pattern, pattern == HONEST),
        "incident_id": labels(pa.array(names, pa.string()), made.tries.incident, made.tries.incident == NO_INCIDENT),
    }
    return pa.table([columns[field.name] for field in TRUTH_FIELDS], schema=arrow_schema(TRUTH_FIELDS))


def calendar_json(day: date, seed: int) -> bytes:
    """The incidents and decoys that go on on a day, as JSON: kind, cell, first and last day, and how strong."""
    found = {
        "date": str(day),
        "incidents": [
            {**asdict(one), "cell": one.values(), "first": str(one.first), "last": str(one.last)}
            for one in incidents(day, seed)
        ],
        "decoys": [
            {**asdict(one), "cell": dict(one.cell), "first": str(one.first), "last": str(one.last)}
            for one in decoys_of(day, seed)
        ],
    }
    return (json.dumps(found, indent=2, sort_keys=True) + "\n").encode()
