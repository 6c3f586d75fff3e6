"""Pictures of pages."""

import io
import struct

import pytest

from include.rendering import picture
from tests.rendering import sample


def size(png: bytes) -> tuple[int, int]:
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    return struct.unpack(">II", io.BytesIO(png[16:24]).read())


@pytest.mark.parametrize("name", ["overview", "detail"])
def test_each_page_is_a_picture_as_tall_as_its_widgets(name, tmp_path):
    drawn = picture.png(sample.board(), sample.datasets(), name)
    (tmp_path / f"{name}.png").write_bytes(drawn)
    places = [item["position"] for page in sample.board()["pages"] if page["name"] == name for item in page["layout"]]

    width, height = size(drawn)
    assert width == picture.WIDTH * picture.SCALE
    assert height == pytest.approx(
        (62 + max(p["y"] + p["height"] for p in places) * 54 - 12 + 24) * picture.SCALE, abs=2
    )
    assert picture.png(sample.board(), sample.datasets(), name) == drawn


def test_a_picture_is_under_the_defaults_of_its_filters():
    def with_default(values: list) -> bytes:
        board = sample.board()
        chosen = {
            "defaultSelection": {"values": {"dataType": "STRING", "values": [{"value": item} for item in values]}}
        }
        board["pages"][2]["layout"][1]["widget"]["spec"]["selection"] = chosen
        return picture.png(board, sample.datasets(), "overview")

    everything = with_default([])
    assert with_default(list(sample.NETWORKS)) == everything
    assert with_default(["visa"]) != everything


def test_a_page_that_is_not_there_is_named():
    with pytest.raises(ValueError, match="no page other .*overview"):
        picture.png(sample.board(), sample.datasets(), "other")
