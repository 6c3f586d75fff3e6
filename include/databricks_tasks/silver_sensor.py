"""Waits until silver and quarantine hold every event that was landed for the business date."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from include.databricks_tasks.remote import Look, RemoteOperator, Watch
from include.databricks_tasks.statements import bound, rows_of
from include.payments import names

if TYPE_CHECKING:
    from airflow.sdk import Context
    from databricks.sdk import WorkspaceClient

# The landed files themselves are the list of ids; an id that any earlier file brought counts as loaded.
_MISSING = """
SELECT count(*)
FROM parquet.`{folder}/*.parquet` AS landed
LEFT ANTI JOIN {silver} AS loaded ON loaded.transaction_id = landed.transaction_id
LEFT ANTI JOIN {quarantine} AS refused ON refused.transaction_id = landed.transaction_id
"""
_QUARANTINED = "SELECT count(*) FROM {quarantine} WHERE contains(source_file, :folder)"


def landed_manifest(workspace: WorkspaceClient, catalog: str, schema: str, business_date: str) -> dict[str, Any] | None:
    """What the simulator promised for a business date; None when it landed nothing for it."""
    from databricks.sdk.errors import NotFound

    path = f"/Volumes/{catalog}/{schema}/{names.RAW_DATA}/{names.MANIFESTS}/{business_date}.json"
    try:
        return json.loads(workspace.files.download(path).contents.read())
    except NotFound:
        return None


@dataclass
class SilverWatch(Watch):
    """Silver of one business date (ISO); `said` is the last line that was logged, so that it is logged once."""

    catalog: str
    schema: str
    business_date: str
    warehouse_id: str
    said: str = ""

    def look(self, workspace: WorkspaceClient) -> Look:
        for table in (names.SILVER_TABLE, names.QUARANTINE_TABLE):
            full = f"{self.catalog}.{self.schema}.{table}"
            if not workspace.tables.exists(full).table_exists:
                return self._wait(f"the table {full} does not exist yet")
        manifest = landed_manifest(workspace, self.catalog, self.schema, self.business_date)
        if manifest is None:
            return Look(done=True, lines=(f"nothing was landed with a manifest for {self.business_date}",), result={})
        missing = self._count(workspace, _MISSING)
        if missing:
            return self._wait(f"{missing} of {manifest['events']} events of {self.business_date} are not in silver yet")
        refused = self._count(workspace, _QUARANTINED) if manifest["malformed"] else 0
        if refused < manifest["malformed"]:
            return self._wait(f"{refused} of {manifest['malformed']} malformed records are in {names.QUARANTINE_TABLE}")
        return Look(
            done=True,
            lines=(f"silver holds all {manifest['events']} events of {self.business_date}",),
            result={"events": manifest["events"], "malformed": manifest["malformed"]},
        )

    def cancel(self, workspace: WorkspaceClient) -> None:
        """Nothing was started."""

    def describe(self) -> str:
        return f"silver of {self.business_date}"

    def _wait(self, line: str) -> Look:
        lines = () if line == self.said else (line,)
        self.said = line
        return Look(done=False, lines=lines)

    def _count(self, workspace: WorkspaceClient, statement: str) -> int:
        folder = f"/Volumes/{self.catalog}/{self.schema}/{names.RAW_DATA}/{names.DAILY}/{self.business_date}"
        text = statement.format(folder=folder, silver=names.SILVER_TABLE, quarantine=names.QUARANTINE_TABLE)
        parameters = bound({"folder": folder}) if ":folder" in statement else None
        answer = workspace.statement_execution.execute_statement(
            text, self.warehouse_id, catalog=self.catalog, schema=self.schema, parameters=parameters, wait_timeout="50s"
        )
        return int(rows_of(workspace, answer)[0][0])


class SilverSensor(RemoteOperator):
    """Deferred until silver is complete. A missing table is waited for; a refused permission fails at once."""

    template_fields = ("catalog", "schema", "business_date", "warehouse_id", "databricks_conn_id")

    def __init__(self, *, catalog: str, schema: str, business_date: str, warehouse_id: str, **kwargs):
        super().__init__(**kwargs)
        self.catalog = catalog
        self.schema = schema
        self.business_date = business_date
        self.warehouse_id = warehouse_id

    def start(self, context: Context, workspace: WorkspaceClient, token: str) -> Watch:
        return SilverWatch(self.catalog, self.schema, self.business_date, self.warehouse_id)
