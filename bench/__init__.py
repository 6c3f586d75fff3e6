"""Benchmarks: each module has `run() -> list[Figure]`; `make bench` runs them all."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One measured value; `aim` is what the design asks for, None where it asks for nothing."""

    name: str
    value: float
    unit: str
    aim: float | None = None
