"""People's parquet files become JSON lines, whatever is in them."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from include.payments import own_files

KNOWN_AS = "/Volumes/c/s/v/my%20file.parquet"


@pytest.fixture
def volume(tmp_path, monkeypatch):
    monkeypatch.setenv("VOLUMES_ROOT", str(tmp_path))
    (tmp_path / "c/s/v").mkdir(parents=True)
    return tmp_path / "c/s/v"


def lines(*names: str) -> list[str]:
    """The lines of files of the volume; each must carry the name under which the file is known."""
    batch = pa.record_batch([[f"/Volumes/c/s/v/{name}" for name in names], [KNOWN_AS] * len(names)],
                            names=["path", "_source_file"])  # fmt: skip
    found = [row for made in own_files.json_lines(iter([batch])) for row in made.to_pylist()]
    assert {row["_source_file"] for row in found} <= {KNOWN_AS}
    return [row["value"] for row in found]


CELL = st.one_of(st.none(), st.booleans(), st.integers(-(2**63), 2**63 - 1), st.text(), st.floats(allow_nan=False))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(st.lists(st.lists(CELL, min_size=1, max_size=6), max_size=5), st.integers(1, 9))
def test_every_row_comes_back_with_its_values(volume, columns, rows):
    arrays = [pa.array([cell if type(cell) is type(column[0]) else None for cell in (column * rows)[:rows]])
              for column in columns]  # fmt: skip
    table = pa.table(arrays, names=[f"column {at}" for at in range(len(columns))])
    pq.write_table(table, volume / "any.parquet")
    assert [json.loads(line) for line in lines("any.parquet")] == table.to_pylist()


def test_types_that_json_has_not_are_texts_that_can_be_read(volume):
    zone = timezone(timedelta(hours=2))
    table = pa.table({
        "day": pa.array([date(2026, 11, 1)]),
        "without_zone": pa.array([datetime(2026, 11, 1, 10, 0, 0, 5)], pa.timestamp("us")),
        "nanoseconds": pa.array([1_793_527_200_000_000_123], pa.timestamp("ns", "UTC")),
        "zone": pa.array([datetime(2026, 11, 1, 10, tzinfo=zone)], pa.timestamp("ms", "+02:00")),
        "decimal": pa.array([Decimal("12.50")]),
        "bytes": pa.array([b"caf\xe9"]),
        "missing": pa.array([float("nan")]),
        "nested": pa.array([{"a": [1, 2], "b": b"x"}]),
        "words": pa.array(["x"]).dictionary_encode(),
    })  # fmt: skip
    pq.write_table(table, volume / "types.parquet")
    [line] = lines("types.parquet")
    assert json.loads(line) == {
        "day": "2026-11-01", "without_zone": "2026-11-01T10:00:00.000005",
        "nanoseconds": datetime(2026, 11, 1, 10, tzinfo=UTC).isoformat(), "zone": "2026-11-01T10:00:00+02:00",
        "decimal": "12.50", "bytes": "caf\\xe9", "missing": None, "nested": {"a": [1, 2], "b": "x"}, "words": "x",
    }  # fmt: skip


def test_a_file_that_cannot_be_read_gives_no_line_and_the_next_one_all(volume):
    (volume / "broken.parquet").write_bytes(b"PAR1 no more")
    pq.write_table(pa.table({"a": [1, 2]}), volume / "März (1).parquet")
    pq.write_table(pa.table({"a": pa.array([], pa.int64())}), volume / "header only.parquet")
    assert lines("broken.parquet", "gone.parquet", "header only.parquet", "März (1).parquet") == [
        '{"a": 1}',
        '{"a": 2}',
    ]


def test_a_file_that_breaks_off_says_where(volume):
    path = volume / "half.parquet"
    pq.write_table(pa.table({"a": list(range(10_000))}), path, row_group_size=5_000, compression="zstd")
    content = bytearray(path.read_bytes())
    second = pq.ParquetFile(path).metadata.row_group(1).column(0)
    start = second.dictionary_page_offset or second.data_page_offset
    content[start : start + second.total_compressed_size] = b"\xff" * second.total_compressed_size
    path.write_bytes(content)
    found = lines("half.parquet")
    assert [json.loads(line)["a"] for line in found[:-1]] == list(range(len(found) - 1))
    assert found[-1].startswith(f"unreadable from row {len(found)} on: ")
    assert 0 < len(found) - 1 <= 5_000
