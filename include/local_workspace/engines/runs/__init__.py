"""Job runs: tasks in order, side by side where they may be, each with its state, output and retries."""

from .runs import Runs

__all__ = ["Runs"]
