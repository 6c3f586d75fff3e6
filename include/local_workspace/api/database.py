"""The retired API of Lakebase Provisioned: every call is answered with the name of the API that replaced it."""

from fastapi import APIRouter

from ..errors import ApiError

router = APIRouter()


@router.api_route("/api/2.0/database/{rest:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
def retired(rest: str) -> None:
    raise ApiError(
        "BAD_REQUEST",
        f"/api/2.0/database/{rest} belongs to Lakebase Provisioned, which is retired. Use Lakebase Autoscaling: "
        "/api/2.0/postgres (projects, branches, endpoints, credentials); w.postgres in databricks-sdk.",
    )
