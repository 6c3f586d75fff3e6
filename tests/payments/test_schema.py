import subprocess
import sys
from pathlib import Path

from include.payments import schema, stream

PAYMENTS = Path(schema.__file__).parent
ORIGINAL_FIELDS = 45
ADDED = {
    "route_name", "route_propensity", "retry_of_transaction_id", "retry_delay_seconds", "retry_propensity",
    "issuer_id", "amount_usd", "prior_approved_count",
}  # fmt: skip
TABLES = {
    name: fields
    for module in (schema, stream)
    for name, fields in vars(module).items()
    if name.endswith("_FIELDS") and not name.startswith("_")
}


def test_every_column_has_a_name_of_its_own_and_a_comment():
    for table, fields in TABLES.items():
        names = schema.names(fields)
        assert len(set(names)) == len(names), table
        assert all(len(field.comment) > 5 for field in fields), table


def test_events_have_the_original_fields_and_the_added_ones():
    names = set(schema.names(schema.EVENT_FIELDS))
    assert names >= ADDED
    assert len(names - ADDED) == ORIGINAL_FIELDS


def test_silver_holds_every_event_field_with_the_same_type():
    silver = {field.name: field for field in schema.SILVER_FIELDS}
    assert all(silver[field.name] == field for field in schema.EVENT_FIELDS)


def test_ddl_carries_types_comments_and_nullability():
    text = schema.ddl(schema.EVENT_FIELDS)
    assert "`amount` DOUBLE NOT NULL COMMENT 'Amount in units" in text
    assert "NOT NULL" not in schema.ddl(schema.EVENT_FIELDS, strict=False)


def test_quotes_in_comments_are_escaped():
    assert schema.ddl([schema.Field("a", "INT", "the merchant's \\ rate")]).endswith("'the merchant\\'s \\\\ rate'")


def test_the_package_works_under_its_uploaded_name_without_spark():
    program = "import payments.simulator, payments.silver, payments.stream, sys; assert 'pyspark' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], cwd=PAYMENTS.parent, check=True, timeout=60)  # noqa: S603
