import json
from datetime import date, timedelta

import numpy as np
import pytest

from include.payments.schema import arrow_schema
from include.payments.simulator import generate, truth
from include.payments.simulator.calendar import incidents
from include.payments.simulator.ground_truth import TRUTH_FIELDS, calendar_json
from include.payments.simulator.incidents import APPROVAL_RATE

SEED = 42
DAYS = [date(2026, 11, 1) + timedelta(days=n) for n in range(28)]


@pytest.fixture(scope="module")
def hit():
    """A day with an incident of the approval rate, its events and the truth about them."""
    day, incident = next(
        (day, one) for day in DAYS for one in incidents(day, SEED) if one.metric == APPROVAL_RATE and one.decline
    )
    return day, incident, generate(day, 30_000, SEED).to_pandas(), truth(day, 30_000, SEED).to_pandas()


def test_the_truth_has_a_row_for_each_event_in_its_order(hit):
    _, _, events, known = hit
    assert (events.transaction_id == known.transaction_id).all()
    assert truth(DAYS[0], 10, 1).schema.equals(arrow_schema(TRUTH_FIELDS))


def test_probabilities_explain_the_outcomes(hit):
    _, _, events, known = hit
    p = known.approval_probability
    assert p.between(0, 1).all()
    assert (np.round(p, 6) == p).all()
    assert abs(events.is_approved.mean() - p.mean()) < 4 * np.sqrt((p * (1 - p)).sum()) / len(p)
    assert not events.is_approved[p == 0].any()
    assert (p[events.three_ds_authenticated.eq(False)] == 0).all()


def test_events_of_an_incident_name_it(hit):
    _, incident, events, known = hit
    inside = np.logical_and.reduce([events[column] == value for column, value in incident.values().items()])
    once = events.transaction_stage.eq("entry_response")  # a second sighting has another entry system
    assert (known.incident_id[inside & once] == incident.id).mean() > 0.99
    assert inside[known.incident_id == incident.id].mean() > 0.98


def test_fraud_has_its_pattern_and_others_none(hit):
    known = hit[3]
    assert (known.fraud_pattern.notna() == known.is_fraud).all()
    assert 0.005 < known.is_fraud.mean() < 0.03


def test_the_calendar_of_a_day_says_what_goes_on_there(hit):
    day, incident, _, _ = hit
    found = json.loads(calendar_json(day, SEED))
    assert found["date"] == str(day)
    [same] = [one for one in found["incidents"] if one["id"] == incident.id]
    assert (same["kind"], same["cell"], same["metric"]) == (incident.kind, incident.values(), APPROVAL_RATE)
    assert same["first"] <= str(day) <= same["last"]
    holiday = json.loads(calendar_json(date(2026, 11, 2), SEED))
    assert {"kind": "holiday", "cell": {"merchant_country": "BR"}, "factor": 0.75,
            "first": "2026-11-02", "last": "2026-11-02"} in holiday["decoys"]  # fmt: skip


def test_no_event_column_tells_the_truth():
    columns = set(generate(DAYS[0], 1, 1).column_names)
    assert columns & {field.name for field in TRUTH_FIELDS} == {"transaction_id"}
