"""Long-running operations of Lakebase, read again under their names. Here each is done when it is answered."""

from fastapi import APIRouter

from .fields import Current
from .postgres_resources import PREFIX, require

router = APIRouter()


@router.get(f"{PREFIX}/{{resource:path}}/operations/{{operation}}")
def get_operation(ws: Current, resource: str, operation: str) -> dict:
    return require(ws, "operation", f"{resource}/operations/{operation}")
