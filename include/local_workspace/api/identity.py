"""Who am I, and what is this host: the calls that clients make before anything else."""

from fastapi import APIRouter

from ..context import WORKSPACE_ID
from .fields import Current

router = APIRouter()


@router.get("/.well-known/databricks-config")
def discovery(ws: Current) -> dict:
    return {"oidc_endpoint": f"{ws.host}/oidc", "workspace_id": str(WORKSPACE_ID), "cloud": "local"}


@router.get("/api/2.0/preview/scim/v2/Me")
def me(ws: Current) -> dict:
    return {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "id": "1",
        "userName": ws.user,
        "displayName": "Local user",
        "active": True,
        "emails": [{"value": ws.user, "type": "work", "primary": True}],
        "groups": [{"display": "admins", "value": "1", "type": "direct"}],
    }


@router.get("/health")
def health(ws: Current) -> dict:
    """State of the engines; open, for it says nothing else."""
    return {"engines": ws.health()}


@router.get("/api/2.0/clusters/spark-versions")
@router.get("/api/2.1/clusters/spark-versions")
def spark_versions() -> dict:
    """What the Test button of an Airflow connection calls."""
    return {"versions": [{"key": "4.2.0", "name": "Spark Connect 4.2.0 with Delta Lake 4.4.0"}]}
