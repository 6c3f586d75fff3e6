"""Settings of a run: a target (dev or prod), overridden by Airflow Variables, overridden by the trigger's params.

Every name that a person can give is checked here, once; tasks, SQL and notebooks may rely on it.
"""

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_IDENTIFIER = re.compile(r"[a-z_][a-z0-9_]{0,254}")
_RESOURCE_ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_FOLDER = re.compile(r"/[\w@.+-]+(?:/[\w@.+ -]+)*")
VARIABLE = "payment_analysis"
"""Airflow Variable with a JSON object of settings."""
SHARED_POOL = "payment_analysis_shared"
"""Airflow pool with one slot, counting deferred tasks: what runs of several days share is changed one at a time."""
CREATED_BY = {"key": "created_by", "value": "payment_analysis"}
"""Tag of what we made outside of the schema; the teardown takes what lacks it for somebody else's."""
STEPS = (
    "step_1_create_data_repositories",
    "step_2_simulate_transaction_events",
    "run_etl_pipeline",
    "step_3_initialize_ingestion",
    "step_4_deploy_dashboards",
    "step_7_genie_sync",
)


class SettingsError(ValueError):
    """A setting that cannot be used: names the setting, what is wrong with it and what would be right."""


@dataclass(frozen=True)
class Settings:
    """One field a setting; None means "the target decides" only in what people give, never here."""

    environment: str = "dev"
    catalog: str = "ahs_demos_catalog"
    schema: str = "payment_analysis"
    event_source: str = "simulator"
    """`simulator`: step 2 makes the events; `landing`: it only waits for files that others land."""
    events_per_day: int = 20_000
    history_days: int = 13
    """Days before the business date that the simulator fills in, only where there are no events yet."""
    seed: int = 7
    warehouse_name: str = "payment-analysis"
    warehouse_id: str = ""
    """Empty: found by its name, or created."""
    lakebase_project_id: str = "payment-analysis-db"
    lakebase_branch_id: str = "production"
    lakebase_endpoint_id: str = "primary"
    lakebase_schema: str = "payment_analysis"
    workspace_folder: str = "/Shared/payment-analysis"
    embed_credentials: bool = False
    """Viewers of a dashboard borrow the rights of the one who published it; False: each needs rights of their own."""
    genie_space_title: str = "Payment Analytics"
    readers_group: str = ""
    """A group that may read the results; empty: no grants are made."""
    start_realtime: bool = False
    realtime_minutes: int = 30
    stream_events_per_second: int = 50
    """What the paced simulator feeds the real-time pipeline with, when event_source is simulator."""
    force: bool = False
    """Lets prod take the simulator."""

    @property
    def warehouse_size(self) -> dict[str, Any]:
        """What a warehouse that we create looks like: the smallest, stopped after 10 idle minutes."""
        return {"cluster_size": "2X-Small", "auto_stop_mins": 10, "max_num_clusters": 1,
                "enable_serverless_compute": True, "warehouse_type": "PRO",
                "tags": {"custom_tags": [CREATED_BY]}}  # fmt: skip

    @property
    def lakebase_branch(self) -> str:
        """Resource name of the Lakebase branch."""
        return f"projects/{self.lakebase_project_id}/branches/{self.lakebase_branch_id}"

    @property
    def dashboards_folder(self) -> str:
        """Workspace folder of the dashboards: one for each schema, so that schemas do not share them."""
        return f"{self.workspace_folder}/dashboards/{self.catalog}.{self.schema}"

    def volume(self, name: str) -> str:
        return f"/Volumes/{self.catalog}/{self.schema}/{name}"

    def as_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


TARGETS = {
    "dev": Settings(),
    "prod": Settings(environment="prod", catalog="prod_catalog", event_source="landing", history_days=0),
}


def resolve(params: Mapping[str, Any], variables: Mapping[str, Any] | None = None) -> Settings:
    """Settings for a run. `params` are the trigger's (None: not given), `variables` what the Airflow Variable holds.

    Raises SettingsError.
    """
    given = {key: value for key, value in (variables or {}).items() if value not in (None, "")}
    given.update({key: value for key, value in params.items() if value is not None})
    environment = given.get("environment", "dev")
    if environment not in TARGETS:
        raise SettingsError(f"environment must be one of {', '.join(TARGETS)}, not {environment!r}.")
    known = {field.name: field.type for field in dataclasses.fields(Settings)}
    changes = {key: _typed(key, known[key], value) for key, value in given.items() if key in known}
    settings = dataclasses.replace(TARGETS[environment], **changes)
    _check(settings)
    return settings


def from_dict(values: Mapping[str, Any]) -> Settings:
    """The settings that an earlier task resolved and handed on, perhaps with other values beside them."""
    known = {field.name for field in dataclasses.fields(Settings)}
    return Settings(**{key: value for key, value in values.items() if key in known})


def identifier(name: str, setting: str = "name") -> str:
    """A catalog, schema or table name that needs no quoting anywhere. Raises SettingsError."""
    if not isinstance(name, str) or not _IDENTIFIER.fullmatch(name) or "__" in name:
        raise SettingsError(
            f"{setting}={_short(name)} cannot be used: give 1 to 255 lower-case letters, digits and single "
            "underscores, beginning with a letter."
        )
    return name


def _typed(key: str, kind: Any, value: Any) -> Any:
    try:
        if kind is bool:
            return value if isinstance(value, bool) else {"true": True, "false": False}[str(value).lower()]
        return kind(value)
    except (ValueError, KeyError, TypeError) as error:
        raise SettingsError(f"{key}={_short(value)} is not a {kind.__name__}.") from error


def _check(settings: Settings) -> None:
    for key in ("catalog", "schema", "lakebase_schema"):
        identifier(getattr(settings, key), key)
    for key in ("lakebase_project_id", "lakebase_branch_id", "lakebase_endpoint_id"):
        if not _RESOURCE_ID.fullmatch(getattr(settings, key)):
            raise SettingsError(
                f"{key}={_short(getattr(settings, key))}: give 1 to 63 lower-case letters, digits, hyphens."
            )
    if not _FOLDER.fullmatch(settings.workspace_folder) or ".." in settings.workspace_folder:
        raise SettingsError(f"workspace_folder={_short(settings.workspace_folder)}: give an absolute workspace path.")
    if not settings.genie_space_title.strip() or "/" in settings.genie_space_title:
        raise SettingsError(f"genie_space_title={_short(settings.genie_space_title)}: give a title without a slash.")
    if settings.event_source not in ("simulator", "landing"):
        raise SettingsError(f"event_source must be simulator or landing, not {_short(settings.event_source)}.")
    if settings.environment == "prod" and settings.event_source == "simulator" and not settings.force:
        raise SettingsError("event_source=simulator would mix made-up events into prod. Set force=true if you mean it.")
    bounds = (("events_per_day", 1, 10_000_000), ("history_days", 0, 3650), ("realtime_minutes", 1, 1440),
              ("stream_events_per_second", 1, 5000))  # fmt: skip
    for key, low, high in bounds:
        if not low <= getattr(settings, key) <= high:
            raise SettingsError(f"{key}={getattr(settings, key)} must be from {low} to {high}.")


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
