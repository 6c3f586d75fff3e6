"""Sizes and suspension of Lakebase computes: checked as documented; the local servers have no size to set."""

from ..errors import invalid
from .fields import flag
from .postgres_resources import seconds

GROUPS = {"suspension": ("suspend_timeout_duration", "no_suspension")}
DEFAULTS = {"autoscaling_limit_min_cu": 1, "autoscaling_limit_max_cu": 1, "suspend_timeout_duration": "86400s"}
_LEAST_CU, _MOST_CU, _WIDEST = 0.5, 112, 16


def checked(settings: dict, where: str = "spec") -> dict:
    """The compute fields of a spec, without the absent ones. Raises 400 naming the field and its limits."""
    found = {}
    for field in ("autoscaling_limit_min_cu", "autoscaling_limit_max_cu"):
        if settings.get(field) is not None:
            found[field] = _units(settings[field], f"{where}.{field}")
    low = found.get("autoscaling_limit_min_cu", DEFAULTS["autoscaling_limit_min_cu"])
    high = found.get("autoscaling_limit_max_cu", max(low, DEFAULTS["autoscaling_limit_max_cu"]))
    if low > high:
        raise invalid(f"{where}.autoscaling_limit_min_cu ({low}) is more than autoscaling_limit_max_cu ({high}).")
    if high - low > _WIDEST:
        raise invalid(f"{where}: autoscaling_limit_max_cu - autoscaling_limit_min_cu must not exceed {_WIDEST}.")
    if settings.get("suspend_timeout_duration") is not None and settings.get("no_suspension"):
        raise invalid(f"{where}: give suspend_timeout_duration or no_suspension, not both.")
    if settings.get("suspend_timeout_duration") is not None:
        value = settings["suspend_timeout_duration"]
        seconds(value, f"{where}.suspend_timeout_duration", 60, 604800)
        found["suspend_timeout_duration"] = str(value)
    if settings.get("no_suspension") is not None:
        if not flag(settings, "no_suspension"):
            raise invalid(f"{where}.no_suspension must be true when it is given.")
        found["no_suspension"] = True
    return found


def effective(settings: dict, inherited: dict) -> dict:
    """The compute fields of a status: what was asked, else what the project says, else the defaults."""
    merged = {**DEFAULTS, **inherited, **settings}
    low, high = merged["autoscaling_limit_min_cu"], merged["autoscaling_limit_max_cu"]
    status = {"autoscaling_limit_min_cu": low, "autoscaling_limit_max_cu": max(low, high)}
    if not merged.get("no_suspension"):
        status["suspend_timeout_duration"] = merged["suspend_timeout_duration"]
    return status


def _units(value: object, field: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not _LEAST_CU <= value <= _MOST_CU:
        raise invalid(f"{field} must be a number of compute units from {_LEAST_CU} to {_MOST_CU}, got {value!r}.")
    return value
