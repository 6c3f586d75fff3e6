"""The bootstrap objects on a real Spark server."""

import re

import pytest

from include.payments import bootstrap, gold, kpis, seeds, taxonomy
from include.payments.sql_files import SqlFileError

from .lakehouse import CATALOG, Lakehouse

# The request of a decision: what a rule's condition may name.
DECISION_FIELDS = {
    "merchant_id", "amount_minor", "currency", "network", "card_bin", "issuer_country", "entry_mode", "is_recurring",
    "attempt_number", "risk_score", "device_trust_score", "supports_passkey", "previous_decline_code",
    "previous_decline_reason", "experiment_id", "subject_key", "metadata",
}  # fmt: skip


@pytest.fixture(scope="module")
def made(lakehouse: Lakehouse) -> Lakehouse:
    return lakehouse


def versions(lakehouse: Lakehouse) -> dict[str, int]:
    tables = [task.file.name for task in bootstrap.tasks("c", "s") if not task.file.is_view]
    return {name: lakehouse.execute(f"DESCRIBE HISTORY {name} LIMIT 1", {})[0][0] for name in [*tables, "object_log"]}


def test_reference_rows_are_those_of_the_code(made):
    reasons = {(r["decline_reason"], r["decline_reason_standard"]) for r in made.rows("SELECT * FROM decline_reasons")}
    assert reasons == {(reason.name, reason.standard) for reason in taxonomy.DECLINE_REASONS}
    tiers = {r["risk_tier"]: r["above_fraud_score"] for r in made.rows("SELECT * FROM risk_tiers")}
    assert tiers == {"low": 0.0, "medium": kpis.RISK_TIER_MEDIUM, "high": kpis.RISK_TIER_HIGH}
    assert len(made.rows("SELECT kpi FROM kpi_targets")) == len(seeds.kpi_targets())
    depends = {(r["object_name"], r["made_from"]) for r in made.rows("SELECT * FROM object_dependencies")}
    assert ("v_reason_code_insights_br", "gold_entry_daily") in depends
    assert ("v_reason_code_insights_br", "payments_enriched_silver") in depends
    assert {name for name, _ in depends} == {task.file.name for task in (*gold.tables(), *gold.views())}


def test_defaults_are_there(made):
    assert made.execute("SELECT catalog, schema FROM app_config", {}) == [(CATALOG, made.name)]
    assert len(made.rows("SELECT code FROM countries WHERE is_active")) == 10
    active = [row["id"] for row in made.rows("SELECT id FROM v_approval_rules_active")]
    assert active == ["default-retry-1", "default-auth-1", "default-routing-1"]


@pytest.mark.parametrize("rule", seeds.APPROVAL_RULES, ids=[rule["id"] for rule in seeds.APPROVAL_RULES])
def test_every_default_rule_names_fields_of_the_decision_request(rule):
    without_texts = re.sub(r"'[^']*'", "", rule["condition_expression"])
    assert set(re.findall(r"[a-z_]+", without_texts)) <= DECISION_FIELDS


def test_running_again_writes_nothing(made):
    before = versions(made)
    assert bootstrap.bootstrap(made.execute, CATALOG, made.name) == []
    assert versions(made) == before


def test_what_people_edited_or_deleted_stays_so(new_lakehouse):
    lakehouse = new_lakehouse()
    bootstrap.bootstrap(lakehouse.execute, CATALOG, lakehouse.name)
    lakehouse.execute("UPDATE approval_rules SET priority = 7 WHERE id = 'default-auth-1'", {})
    lakehouse.execute("DELETE FROM approval_rules WHERE id = 'default-retry-1'", {})
    bootstrap.bootstrap(lakehouse.execute, CATALOG, lakehouse.name)
    rules = "SELECT id, priority FROM approval_rules ORDER BY id"
    assert lakehouse.execute(rules, {}) == [("default-auth-1", 7), ("default-routing-1", 110)]
    # a release that changes the file runs the seed again: what is missing comes, what is there stays
    lakehouse.execute("DELETE FROM object_log WHERE object_name = 'approval_rules'", {})
    assert bootstrap.bootstrap(lakehouse.execute, CATALOG, lakehouse.name) == ["approval_rules"]
    assert lakehouse.execute(rules, {}) == [("default-auth-1", 7), ("default-retry-1", 90), ("default-routing-1", 110)]


def test_a_rule_of_an_unknown_type_is_refused(made):
    with pytest.raises(Exception, match="known_rule_type"):
        made.execute("INSERT INTO approval_rules (id, name, rule_type) VALUES ('x', 'x', 'guessing')", {})


def test_every_table_and_column_has_a_comment(made):
    for task in bootstrap.tasks("c", "s"):
        described = made.execute(f"DESCRIBE TABLE EXTENDED {task.file.name}", {})
        columns = described[
            : next(at for at, row in enumerate(described) if row[0] in ("", "# Clustering Information"))
        ]
        assert columns, task.file.name
        assert [row[0] for row in columns if not row[2]] == [], task.file.name
        assert dict((row[0], row[1]) for row in described).get("Comment"), task.file.name


def test_a_broken_seed_names_file_and_line(new_lakehouse):
    lakehouse = new_lakehouse()

    def refuse(sql, parameters):
        if sql.startswith("INSERT OVERWRITE risk_tiers"):
            raise RuntimeError("no space left")
        return lakehouse.execute(sql, parameters)

    with pytest.raises(SqlFileError, match=r"sql/bootstrap/risk_tiers.sql:\d+: no space left"):
        bootstrap.bootstrap(refuse, CATALOG, lakehouse.name)
    assert "risk_tiers" in bootstrap.bootstrap(lakehouse.execute, CATALOG, lakehouse.name)
    assert len(lakehouse.rows("SELECT * FROM risk_tiers")) == 3
