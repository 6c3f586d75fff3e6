"""A dashboard with every type of widget, over data with the texts that break careless pages."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta

from include.rendering.datasets import Dataset

SCRIPT = "<script>window.hacked = 1</script><img src=x onerror='window.hacked = 2'>"
LONG = "Longest merchant " * 600
NASTY = [SCRIPT, LONG, "مقهى القاهرة", "🦊 Fox & Söhne", "null", "", "a|b", None]
AS_OF = datetime(2026, 11, 22, 23, 59, tzinfo=UTC)
NETWORKS = ("visa", "mastercard", "amex", "elo")
SEGMENTS = ("Retail", "Travel", "Gaming", "Digital")
COUNTRIES = ("BR", "US", "MX", "FR", "AR", "SG", "DE", "IN")
REASONS = ("INSUFFICIENT_FUNDS", "FRAUD_SUSPECTED", "ISSUER_UNAVAILABLE", "EXPIRED_CARD", "DO_NOT_HONOR")


def _daily() -> Dataset:
    rows = []
    for day in range(30):
        on = (date(2026, 10, 24) + timedelta(days=day)).isoformat()
        for n, network in enumerate(NETWORKS):
            for s, segment in enumerate(SEGMENTS):
                count = 900 - 190 * n + 60 * s + round(120 * math.sin(day / 4 + n)) + (40 if day % 7 < 5 else -60)
                rate = 0.88 - 0.03 * n - 0.02 * s + 0.015 * math.sin(day / 5 + s)
                value = count * (42 + 11 * s)
                rows.append([
                    on, network, segment, COUNTRIES[(n * 4 + s * 3 + day) % 8], str(count), str(round(count * rate)),
                    f"{value:.2f}", str(180 + 40 * n + 15 * s + day % 9),
                ])  # fmt: skip
    names = ("event_date DATE", "network STRING", "segment STRING", "country STRING", "payments BIGINT",
             "approved BIGINT", "value_usd DECIMAL(18,2)", "latency_ms INT")  # fmt: skip
    sql = "SELECT event_date, network, segment, country, payments, approved, value_usd, latency_ms\nFROM payment_cells"
    return Dataset(sql, tuple(tuple(name.split(" ")) for name in names), rows, 0.412)


def _merchants() -> Dataset:
    rows = [[name, str(1000 - 7 * at), f"{0.95 - at / 300:.4f}"] for at, name in enumerate(NASTY)]
    rows += [[f"Merchant {at:03}", str(900 - at), f"{0.9 - at / 500:.4f}"] for at in range(112)]
    columns = (("merchant", "STRING"), ("payments", "BIGINT"), ("rate", "DOUBLE"))
    return Dataset("SELECT * FROM merchants", columns, rows, 0.08, truncated=True)


def datasets() -> dict[str, Dataset]:
    declines = [[reason, str(4200 - 700 * at)] for at, reason in enumerate(REASONS)]
    columns = (("reason", "STRING"), ("declined", "BIGINT"))
    return {
        "ds_daily": _daily(),
        "ds_merchants": _merchants(),
        "ds_declines": Dataset("SELECT reason, declined FROM v_top_decline_reasons", columns, declines, 0.05),
        "ds_alerts": Dataset("SELECT * FROM v_active_alerts", columns, [], 0.03),
        "ds_nothing": Dataset("SELECT 1 WHERE false", columns, [], 0.02),
        "ds_broken": Dataset(
            "SELECT x FROM y", (), [], 0.01, error="[TABLE_OR_VIEW_NOT_FOUND] The table y cannot be found"
        ),
    }


def _place(x: int, y: int, width: int, height: int) -> dict:
    return {"x": x, "y": y, "width": width, "height": height}


def widget(name: str, kind: str, dataset: str, fields: dict, encodings: dict, place: tuple, **more) -> dict:
    query = {
        "datasetName": dataset, "disaggregated": more.pop("raw", False), "filters": more.pop("filters", []),
        "fields": [{"name": field, "expression": sql} for field, sql in fields.items()],
    }  # fmt: skip
    frame = {"showTitle": True, "title": more.pop("title", name), "showDescription": True,
             "description": more.pop("description", "")}  # fmt: skip
    spec = {"version": 3, "widgetType": kind, "encodings": encodings, "frame": frame, **more}
    return {"widget": {"name": name, "queries": [{"name": "main_query", "query": query}], "spec": spec},
            "position": _place(*place)}  # fmt: skip


def filter_of(name: str, kind: str, title: str, field: str, on: tuple[str, ...], place: tuple) -> dict:
    queries = [
        {"name": f"q_{dataset}", "query": {"datasetName": dataset, "disaggregated": False,
                                           "fields": [{"name": field, "expression": f"`{field}`"}]}}
        for dataset in on
    ]  # fmt: skip
    fields = [{"fieldName": field, "queryName": query["name"]} for query in queries]
    spec = {"version": 2, "widgetType": kind, "encodings": {"fields": fields},
            "frame": {"showTitle": True, "title": title}}  # fmt: skip
    return {"widget": {"name": name, "queries": queries, "spec": spec}, "position": _place(*place)}


def text(name: str, line: str, place: tuple) -> dict:
    return {"widget": {"name": name, "multilineTextboxSpec": {"lines": [line]}}, "position": _place(*place)}


def _f(name: str, title: str = "", layout: str = "", scale: str = "", **more) -> dict:
    made = {"fieldName": name, "displayName": title or name, **more}
    if layout:
        made["format"] = {"type": layout, **({"abbreviation": "compact"} if layout == "number-currency" else {})}
    if scale:
        made["scale"] = {"type": scale, **more.get("scale", {})}
    return made


RATE = "SUM(`approved`) / NULLIF(SUM(`payments`), 0)"
BEFORE = "SUM(CASE WHEN `event_date` < DATE '2026-11-08' THEN `approved` END) / SUM(CASE WHEN `event_date` < DATE '2026-11-08' THEN `payments` END)"  # noqa: E501
NOW = BEFORE.replace("<", ">=")
DAY = 'DATE_TRUNC("DAY", `event_date`)'


def _overview() -> list[dict]:
    q, c, t = "quantitative", "categorical", "temporal"
    largest = {"scale": {"type": c, "sort": {"by": "x-reversed"}}}
    return [
        text("intro", "## How payments were approved", (0, 0, 12, 1)),
        widget("payments", "counter", "ds_daily", {"n": "SUM(`payments`)", "day": DAY},
               {"value": _f("n", "Payments", "number"), "period": _f("day")}, (0, 1, 3, 3), title="Payments"),
        widget("rate", "counter", "ds_daily", {"now": NOW, "before": BEFORE},
               {"value": _f("now", "Rate", "number-percent"), "target": _f("before", "before")}, (3, 1, 3, 3),
               title="Approval rate, last 15 days"),
        widget("value", "counter", "ds_daily", {"v": "SUM(`value_usd`)", "day": DAY},
               {"value": _f("v", "Value", "number-currency"), "period": _f("day")}, (6, 1, 3, 3), title="Value"),
        widget("latency", "counter", "ds_daily", {"l": "AVG(`latency_ms`)"},
               {"value": {"fieldName": "l", "format": {"type": "number-plain", "decimalPlaces": {"type": "max",
                "places": 0},
                                                       "formatTemplate": "{{ @formatted }} ms"}}},
               (9, 1, 3, 3), title="Mean latency", description="From authorisation to answer"),
        widget("trend", "line", "ds_daily", {"day": DAY, "rate": RATE, "network": "`network`"},
               {"x": _f("day", scale=t), "y": _f("rate", "Approval rate", "number-percent", q),
                "color": _f("network", scale=c)}, (0, 4, 6, 6),
                title="Approval rate by network falls from Visa to Elo"),
        widget("volume", "area", "ds_daily", {"day": DAY, "no": "SUM(`payments` - `approved`)",
                "ok": "SUM(`approved`)"},
               {"x": _f("day", scale=t),
                "y": {"scale": {"type": q}, "fields": [_f("ok", "Approved"), _f("no", "Declined")]}},
               (6, 4, 6, 6), title="Payments each day"),
        widget("by_network", "bar", "ds_daily", {"network": "`network`", "n": "SUM(`payments`)"},
               {"x": _f("n", "Payments", "number", q), "y": {**_f("network", "Network"), **largest},
                "label": {"show": True}}, (0, 10, 4, 6), title="Visa carries most payments"),
        widget("by_segment", "bar", "ds_daily", {"segment": "`segment`", "network": "`network`",
                "v": "SUM(`value_usd`)"},
               {"x": _f("segment", scale=c), "y": _f("v", "Value (US$)", "number-currency", q),
                "color": _f("network", scale=c)}, (4, 10, 4, 6), title="Value by segment and network"),
        widget("declines", "pie", "ds_declines", {"reason": "`reason`", "n": "SUM(`declined`)"},
               {"angle": _f("n", "Declined", scale=q), "color": _f("reason", "Reason", scale=c),
                "label": {"show": True}}, (8, 10, 4, 6), title="Why payments are declined"),
        widget("cells", "table", "ds_daily",
               {"network": "`network`", "segment": "`segment`", "n": "SUM(`payments`)", "v": "SUM(`value_usd`)",
                "rate": RATE},
               {"columns": [_f("network", "Network"), _f("segment", "Segment"), _f("n", "Payments", "number"),
                            _f("v", "Value", "number-currency"), _f("rate", "Approval", "number-percent")]},
               (0, 16, 12, 7), title="All cells"),
    ]  # fmt: skip


def _detail() -> list[dict]:
    q, c, t = "quantitative", "categorical", "temporal"
    return [
        filter_of("f_segment", "filter-single-select", "Segment", "segment", ("ds_daily",), (0, 0, 4, 2)),
        filter_of("f_merchant", "filter-multi-select", "Merchant", "merchant", ("ds_merchants",), (4, 0, 4, 2)),
        filter_of("f_day", "filter-date-picker", "Day", "event_date", ("ds_daily",), (8, 0, 4, 2)),
        widget("world", "choropleth-map", "ds_daily", {"country": "`country`", "n": "SUM(`payments`)"},
               {"region": {"regionType": "mapbox-v4-admin", "admin0": {"fieldName": "country", "type": "field",
                                                                       "geographicRole": "admin0-iso"}},
                "color": _f("n", "Payments", "number", q)}, (0, 2, 8, 8), title="Where issuers are"),
        widget("heat", "heatmap", "ds_daily", {"segment": "`segment`", "network": "`network`", "rate": RATE},
               {"x": _f("segment", scale=c), "y": _f("network", scale=c),
                "color": _f("rate", "Approval rate", "number-percent", q)}, (8, 2, 4, 8), title="Approval by cell"),
        widget("scatter", "scatter", "ds_daily",
               {"network": "`network`", "segment": "`segment`", "l": "AVG(`latency_ms`)", "rate": RATE,
                "n": "SUM(`payments`)"},
               {"x": _f("l", "Latency (ms)", scale=q), "y": _f("rate", "Approval rate", "number-percent", q),
                "size": _f("n", "Payments", scale=q), "color": _f("network", scale=c)}, (0, 10, 4, 6),
               title="Slow routes approve less"),
        widget("histogram", "histogram", "ds_daily", {"bin": "BIN_FLOOR(`latency_ms`, 20)", "n": "COUNT(`*`)"},
               {"x": _f("bin", "Latency (ms)", scale=q), "y": _f("n", "Cells", scale=q)}, (4, 10, 4, 6),
                title="Latency"),
        widget("combo", "combo", "ds_daily", {"day": DAY, "n": "SUM(`payments`)", "rate": RATE},
               {"x": _f("day", scale=t),
                "y": {"scale": {"type": q}, "primary": {"fields": [_f("n", "Payments")]},
                      "secondary": {"fields": [_f("rate", "Approval rate", "number-percent")]}}}, (8, 10, 4, 6),
               title="Payments and approval"),
        widget("merchants", "table", "ds_merchants", {"merchant": "`merchant`", "n": "`payments`", "rate": "`rate`"},
               {"columns": [_f("merchant", "Merchant"), _f("n", "Payments"), _f("rate", "Approval", "number-percent")]},
               (0, 16, 6, 7), title="Merchants", raw=True),
        widget("merchant_bars", "bar", "ds_merchants", {"merchant": "`merchant`", "n": "SUM(`payments`)"},
               {"x": _f("n", "Payments", scale=q), "y": {**_f("merchant"), "scale": {"type": c,
                "sort": {"by": "x-reversed"}}}},
               (6, 16, 6, 7), title=f"Largest {SCRIPT}", filters=[{"expression": "`payments` > 940"}]),
        widget("alerts", "table", "ds_alerts", {"reason": "`reason`"}, {"columns": [_f("reason")]}, (0, 23, 3, 3),
               title="Alerts"),
        widget("nothing", "bar", "ds_nothing", {"reason": "`reason`", "n": "SUM(`declined`)"},
               {"x": _f("reason", scale=c), "y": _f("n", scale=q)}, (3, 23, 3, 3), title="Nothing"),
        widget("broken", "counter", "ds_broken", {"x": "`x`"}, {"value": _f("x")}, (6, 23, 3, 3), title="Broken"),
        widget("sankey", "sankey", "ds_daily", {"n": "SUM(`payments`)"}, {"value": _f("n")}, (9, 23, 3, 3),
                title="Flow"),
    ]  # fmt: skip


def board() -> dict:
    quiet = {"ds_alerts": "Alerts (may be empty)"}
    overall = [
        filter_of("g_date", "filter-date-range-picker", "Date", "event_date", ("ds_daily",), (0, 0, 4, 2)),
        filter_of("g_network", "filter-multi-select", "Network", "network", ("ds_daily",), (4, 0, 4, 2)),
    ]
    return {
        "datasets": [{"name": name, "displayName": quiet.get(name, name)} for name in datasets()],
        "pages": [
            {"name": "overview", "displayName": "Overview", "pageType": "PAGE_TYPE_CANVAS", "layout": _overview()},
            {"name": "detail", "displayName": "Detail", "pageType": "PAGE_TYPE_CANVAS", "layout": _detail()},
            {"name": "filters", "displayName": "Filters", "pageType": "PAGE_TYPE_GLOBAL_FILTERS", "layout": overall},
        ],
    }
