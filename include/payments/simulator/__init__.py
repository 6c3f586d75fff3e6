"""The simulator: a stand-in for the payment processor, deterministic in (seed, date)."""

from .dimensions import merchants
from .events import generate
from .ground_truth import truth
from .landing import Landed, land, land_days, prepare_folders
from .settings import Settings

__all__ = ["Landed", "Settings", "generate", "land", "land_days", "merchants", "prepare_folders", "truth"]
