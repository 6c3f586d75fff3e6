"""Unity Catalog: the one metastore."""

from fastapi import APIRouter

from ..context import WORKSPACE_ID
from ..unity import metastore
from .fields import Current

router = APIRouter()


@router.get("/api/2.1/unity-catalog/metastore_summary")
def summary(ws: Current) -> dict:
    return {
        "metastore_id": metastore.ID, "name": "local", "owner": ws.user, "cloud": "local", "region": "local",
        "global_metastore_id": f"local:local:{metastore.ID}", "privilege_model_version": "1.0",
        "storage_root": ws.home.root.as_uri(), "external_access_enabled": False,
    }  # fmt: skip


@router.get("/api/2.1/unity-catalog/current-metastore-assignment")
def current() -> dict:
    return {"workspace_id": WORKSPACE_ID, "metastore_id": metastore.ID}
