"""The Airflow connection as a databricks-sdk client; heavy imports stay inside, for DAG files import this module."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow.sdk import Connection
    from databricks.sdk import WorkspaceClient

DEFAULT_CONNECTION = "databricks_default"
PRODUCT = ("payment-analysis", "0.1.0")


def client(connection_id: str = DEFAULT_CONNECTION) -> WorkspaceClient:
    """A client for the workspace that the connection names; usable in tasks and triggers.

    Authentication is explicit, so that a stray DATABRICKS_CLIENT_ID in the environment cannot collide with a token:
    a token in the password (or extra `token`), or a service principal in login and password with the extra
    `service_principal_oauth`.
    """
    from databricks.sdk import WorkspaceClient
    from databricks.sdk.core import Config

    connection = get(connection_id)
    extra = connection.extra_dejson
    auth = (
        {"auth_type": "oauth-m2m", "client_id": connection.login, "client_secret": connection.password}
        if extra.get("service_principal_oauth")
        else {"auth_type": "pat", "token": connection.password or extra.get("token")}
    )
    return WorkspaceClient(
        config=Config(host=host(connection), retry_timeout_seconds=120, http_timeout_seconds=60,
                      product=PRODUCT[0], product_version=PRODUCT[1], **auth)
    )  # fmt: skip


def get(connection_id: str) -> Connection:
    from airflow.sdk import Connection

    return Connection.get(connection_id)


def host(connection: Connection) -> str:
    """The workspace's URL; a connection with schema http and a port is the local workspace."""
    name = connection.host or connection.extra_dejson.get("host") or ""
    name = name.split("://")[-1].rstrip("/")
    port = f":{connection.port}" if connection.port else ""
    return f"{connection.schema or 'https'}://{name}{port}"
