"""The params of the DAGs: what a person can set in the trigger form. Empty fields leave a setting to its target."""

from airflow.sdk import Param

from include.settings import STEPS


def _optional(kind: str, description: str, **schema) -> Param:
    return Param(None, type=["null", kind], description=description, **schema)


PARAMS = {
    "business_date": _optional("string", "Day to load (UTC). Empty: the day of the data interval.", format="date"),
    "environment": Param("dev", enum=["dev", "prod"], description="Target whose settings are the defaults."),
    "catalog": _optional("string", "Unity Catalog catalog."),
    "schema": _optional("string", "Schema in the catalog."),
    "event_source": _optional(
        "string", "simulator makes events; landing takes only what others land.", enum=[None, "simulator", "landing"]
    ),
    "events_per_day": _optional("integer", "Events that the simulator makes for a day.", minimum=1),
    "history_days": _optional("integer", "Days before, filled in where no events exist yet.", minimum=0),
    "steps": Param(
        list(STEPS), type="array", items={"enum": list(STEPS)}, examples=list(STEPS), description="Steps to run."
    ),
    "start_realtime": _optional("boolean", "Run the real-time pipeline as well."),
    "realtime_minutes": _optional("integer", "Minutes until it is stopped.", minimum=1, maximum=1440),
    "stream_events_per_second": _optional(
        "integer", "Events a second that the simulator paces for it.", minimum=1, maximum=5000
    ),
    "embed_credentials": _optional("boolean", "Viewers of dashboards borrow the rights of who publishes them."),
    "workspace_folder": _optional("string", "Workspace folder for code, dashboards and the Genie space."),
    "genie_space_title": _optional("string", "Title of the Genie space."),
    "lakebase_project_id": _optional("string", "Lakebase project."),
    "lakebase_branch_id": _optional("string", "Lakebase branch."),
    "lakebase_endpoint_id": _optional("string", "Lakebase endpoint."),
    "force": Param(False, type="boolean", description="Allow the simulator in prod."),
}

_PLACES = ("environment", "catalog", "schema", "workspace_folder", "genie_space_title")
TEARDOWN_PARAMS = {
    **{name: PARAMS[name] for name in PARAMS if name in _PLACES},
    **{name: PARAMS[name] for name in PARAMS if name.startswith("lakebase_")},
    "keep_landing_files": Param(
        True, type="boolean", description="Keep the landed files, from which everything else can be made again."
    ),
    "confirm": Param(
        "", type="string", description="<catalog>.<schema>: really remove. Empty: only show what would be removed."
    ),
}
