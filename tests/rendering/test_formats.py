"""Texts of values, as Vega writes them."""

import pytest

from include.rendering import formats
from tests.rendering.dataflow import texts

MONEY = {"type": "number-currency", "currencyCode": "USD", "abbreviation": "compact"}


@pytest.mark.parametrize(
    ("kind", "layout", "value", "expected"),
    [
        ("number", None, 1234567.891, "1,234,567.89"),
        ("number", None, 0.01234, "0.012"),
        ("number", None, -5, "\u22125"),
        ("number", {"type": "number-plain"}, 12345, "12345"),
        ("number", {"type": "number", "abbreviation": "compact"}, 1_290_000, "1.29M"),
        ("number", {"type": "number", "abbreviation": "compact"}, 999, "999"),
        ("number", {"type": "number-percent"}, 0.8123, "81.2%"),
        ("number", {"type": "number-percent", "decimalPlaces": {"type": "max", "places": 2}}, 0.8, "80%"),
        ("number", MONEY, 20_790_000, "$20.79M"),
        ("number", {"type": "number-currency", "currencyCode": "BRL"}, -12.5, "\u2212R$12.50"),
        ("number", {"type": "number-currency", "currencyCode": "SEK"}, 7, "SEK 7.00"),
        ("number", {"type": "number-plain", "formatTemplate": "about {{ @formatted }} ms"}, 266.4, "about 266.4 ms"),
        ("number", {"type": "number", "suffix": "h"}, 3, "3h"),
        ("number", {"type": "number", "suffix": "'); x("}, 3, "3'); x("),
        ("date", None, 1793491200000, "2026-11-01"),
        ("timestamp", None, 1793491200000 + 36_000_000, "2026-11-01 10:00"),
        ("timestamp", None, 1793491200000 + 5_000, "2026-11-01 00:00:05"),
        ("boolean", None, True, "yes"),
        ("text", None, "x", "x"),
        ("text", None, "", ""),
        ("text", None, None, formats.NOTHING),
        ("number", MONEY, None, formats.NOTHING),
    ],
)
def test_a_value_is_written_in_its_format(kind, layout, value, expected):
    assert texts(formats.text(kind, layout, "datum.x"), [{"x": value}]) == [expected]
