"""Settings: who overrides whom, and what is refused with which words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.settings import SettingsError, from_dict, identifier, resolve


def test_the_trigger_beats_the_variable_and_the_variable_beats_the_target():
    settings = resolve({"catalog": "by_trigger"}, {"catalog": "by_variable", "schema": "by_variable"})

    assert (settings.catalog, settings.schema, settings.environment) == ("by_trigger", "by_variable", "dev")


def test_null_params_leave_the_targets_values():
    settings = resolve({"environment": "prod", "catalog": None, "events_per_day": None})

    assert (settings.catalog, settings.schema) == ("prod_catalog", "payment_analysis")
    assert (settings.event_source, settings.history_days) == ("landing", 0)


def test_prod_refuses_the_simulator_unless_forced():
    with pytest.raises(SettingsError, match="force=true"):
        resolve({"environment": "prod", "event_source": "simulator"})

    assert resolve({"environment": "prod", "event_source": "simulator", "force": True}).event_source == "simulator"


@pytest.mark.parametrize(
    "name", ["", "Upper", "a.b", "a;b", "a'b", 'a"b', "a`b", "a b", "../a", "a__b", "1a", "a" * 300, "ä", None, 7]
)
def test_catalog_names_that_would_need_quoting_are_refused_by_name(name):
    with pytest.raises(SettingsError, match="catalog="):
        identifier(name, "catalog")


@given(st.text(max_size=20))
def test_an_accepted_identifier_is_plain(name):
    try:
        identifier(name)
    except SettingsError:
        return
    assert name.replace("_", "a").isascii() and name.replace("_", "a").isalnum()


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"environment": "staging"}, "dev, prod"),
        ({"events_per_day": 0}, "events_per_day=0"),
        ({"events_per_day": "many"}, "events_per_day='many' is not a int"),
        ({"history_days": -1}, "history_days=-1"),
        ({"event_source": "kafka"}, "simulator or landing"),
        ({"lakebase_project_id": "Has Spaces"}, "lakebase_project_id"),
        ({"workspace_folder": "/Shared/../etc"}, "workspace_folder"),
        ({"genie_space_title": "a/b"}, "genie_space_title"),
        ({"embed_credentials": "perhaps"}, "embed_credentials"),
        ({"start_realtime": "perhaps"}, "start_realtime"),
        ({"stream_events_per_second": 0}, "stream_events_per_second=0 must be from 1 to 5000"),
    ],
)
def test_a_bad_value_is_named_with_what_would_be_right(params, message):
    with pytest.raises(SettingsError, match=message):
        resolve(params)


def test_settings_travel_between_tasks_with_other_values_beside_them():
    settings = resolve({"catalog": "c", "start_realtime": "true"})

    assert from_dict({**settings.as_dict(), "business_date": "2026-11-01"}) == settings
    assert settings.start_realtime is True
