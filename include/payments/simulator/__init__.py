"""The simulator: a stand-in for the payment processor, deterministic in (seed, date)."""

from .events import generate
from .landing import Landed, land, land_days, prepare_folders
from .settings import Settings
from .world import merchants

__all__ = ["Landed", "Settings", "generate", "land", "land_days", "merchants", "prepare_folders"]
