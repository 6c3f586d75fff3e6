from hypothesis import given
from hypothesis import strategies as st

from include.payments import kpis, taxonomy
from include.payments.taxonomy import DECLINE_REASONS, STANDARD_REASONS, standard_reason

STANDARD_NAMES = {reason.name for reason in STANDARD_REASONS}


def test_every_reason_has_a_standard_reason_and_a_code_of_its_own():
    assert {reason.standard for reason in DECLINE_REASONS} <= STANDARD_NAMES
    assert len({reason.code for reason in DECLINE_REASONS}) == len(DECLINE_REASONS)
    assert taxonomy.APPROVED_CODE not in {reason.code for reason in DECLINE_REASONS}


def test_every_code_of_a_network_belongs_to_one_standard_reason():
    standard = {reason.name: reason.standard for reason in DECLINE_REASONS}
    meant: dict[str, set[str]] = {reason.code: {reason.standard} for reason in DECLINE_REASONS}
    for (_, reason), code in taxonomy.NETWORK_CODES.items():
        meant.setdefault(code, set()).add(standard[reason])
    assert {code: names for code, names in meant.items() if len(names) > 1} == {}


def test_every_standard_reason_but_other_is_reached():
    assert {reason.standard for reason in DECLINE_REASONS} | {taxonomy.OTHER} == STANDARD_NAMES


@given(st.one_of(st.none(), st.text(max_size=30)), st.sampled_from([None, "pass", "fail", "not_run"]))
def test_the_taxonomy_is_total(reason, antifraud):
    found = standard_reason(reason, antifraud)
    assert found in STANDARD_REASONS
    if antifraud == "fail":
        assert found.name == taxonomy.FRAUD_SUSPECTED


def test_suspected_fraud_is_fraud_whatever_the_antifraud_service_said():
    assert standard_reason("FRAUD_SUSPECTED", "pass").name == "FRAUD_SUSPECTED"
    assert standard_reason("EXPIRED_CARD").name == "CARD_EXPIRED"


def test_retryable_codes_are_codes_or_reasons_that_occur_or_stand_for_a_soft_decline():
    known = {r.code for r in DECLINE_REASONS} | {r.name for r in DECLINE_REASONS} | STANDARD_NAMES
    soft = {"try_again_later", "do_not_honor_soft"}
    assert {code.code for code in taxonomy.RETRYABLE_CODES} <= known | soft
    assert all(code.backoff_seconds > 0 and code.max_attempts > 1 for code in taxonomy.RETRYABLE_CODES)


@given(st.floats(0, 1))
def test_risk_tiers_grow_with_the_score(score):
    order = ["low", "medium", "high"]
    assert order.index(kpis.risk_tier(score)) <= order.index(kpis.risk_tier(min(1.0, score + 0.1)))


def test_amount_buckets_start_at_their_bounds():
    assert [kpis.amount_bucket(a) for a in (49.99, 50, 199.99, 200, 500, 999.99, 1000)] == [
        "micro", "small", "small", "medium", "large", "large", "very_large",
    ]  # fmt: skip


def test_risk_weights_sum_to_one():
    assert abs(kpis.RISK_WEIGHT_FRAUD + kpis.RISK_WEIGHT_AML + kpis.RISK_WEIGHT_DEVICE - 1) < 1e-12
