"""Expectations: counted, filtered and enforced inside the query that writes, without a second pass over the rows."""

from .graph import Dataset

NAME = "expectations"
_ROWS = "rows"
_DROPPED = "dropped"


def apply(frame, dataset: Dataset, flow: str, observation=NAME):
    """The frame with its counters, without the rows to drop, and with an error at a row that must not be.

    `observation` receives the counters: an Observation for a batch, a name for a stream.
    """
    from pyspark.sql import functions as F

    rules = dataset.expectations
    counters = [F.count(F.lit(1)).alias(_ROWS)]
    counters += [_count_violations(rule.rule).alias(f"failed_{at}") for at, rule in enumerate(rules)]
    drops = [f"coalesce(({rule.rule}), false)" for rule in rules if rule.action == "drop"]
    if drops:
        counters.append(_count_violations(" AND ".join(drops)).alias(_DROPPED))
    frame = frame.observe(observation, *counters)
    for rule in rules:
        if rule.action == "fail":
            text = (
                f"[EXPECTATION_VIOLATION] Flow '{flow}' failed to meet the expectation. "
                f"Violated expectations: '{rule.name}' ({rule.rule}). Output record: "
            )
            message = F.concat(F.lit(text), F.to_json(F.struct("*")))
            frame = frame.filter(
                F.when(F.expr(rule.rule), F.lit(True)).otherwise(F.raise_error(message).cast("boolean"))
            )
    for drop in drops:
        frame = frame.filter(drop)
    return frame


def metrics(dataset: Dataset, observed: dict[str, int]) -> dict:
    """The part of a flow_progress event that tells rows and violations."""
    rows, dropped = observed.get(_ROWS, 0), observed.get(_DROPPED, 0)
    found = {"metrics": {"num_output_rows": rows - dropped}}
    if dataset.expectations:
        found["data_quality"] = {
            "dropped_records": dropped,
            "expectations": [
                {
                    "name": rule.name,
                    "dataset": dataset.name,
                    "passed_records": rows - observed.get(f"failed_{at}", 0),
                    "failed_records": observed.get(f"failed_{at}", 0),
                }
                for at, rule in enumerate(dataset.expectations)
            ],
        }
    return found


def _count_violations(rule: str):
    from pyspark.sql import functions as F

    return F.count_if(~F.coalesce(F.expr(rule), F.lit(False)))
