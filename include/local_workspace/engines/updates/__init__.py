"""Updates of Lakeflow pipelines."""

from .updates import Updates

__all__ = ["Updates"]
