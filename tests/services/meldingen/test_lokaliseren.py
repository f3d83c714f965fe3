"""From a point to its wijk and buurt: borders belong to somebody, outside is outside."""

import shapely
from hypothesis import given
from hypothesis import strategies as st

from services.meldingen.lokaliseren import Atlas, Plaats, Vlak

WIJKEN = [Vlak("wijk", f"wk{x}{y}", shapely.box(x, y, x + 1, y + 1)) for x in range(3) for y in range(3)]
BUURTEN = [Vlak("buurt", vlak.code.replace("wk", "bu"), vlak.geometry, vlak.code) for vlak in WIJKEN]
GEMEENTE = Vlak("gemeente", "gm9001", shapely.box(0, 0, 3, 3))
ATLAS = Atlas([GEMEENTE, *BUURTEN, *WIJKEN])
COORDINATE = st.floats(min_value=0, max_value=3)


@given(COORDINATE, COORDINATE)
def test_every_point_within_lies_in_the_lowest_of_its_wijken(lon: float, lat: float) -> None:
    touching = [vlak.code for vlak in WIJKEN if vlak.geometry.intersects(shapely.Point(lon, lat))]
    lowest = min(touching)
    assert ATLAS.plaats(lon, lat) == Plaats(lowest, lowest.replace("wk", "bu"))


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False))
def test_outside_is_nowhere(lon: float, lat: float) -> None:
    inside = 0 <= lon <= 3 and 0 <= lat <= 3
    assert (ATLAS.plaats(lon, lat) is not None) == inside


def test_without_a_border_nothing_is_outside() -> None:
    assert Atlas([]).plaats(0, 0) == Plaats(None, None)
    assert Atlas(WIJKEN).plaats(50, 50) == Plaats(None, None)


def test_a_hole_in_the_wijken_is_still_the_gemeente() -> None:
    assert Atlas([GEMEENTE]).plaats(1, 1) == Plaats(None, None)


def test_a_buurt_without_wijk_leaves_the_wijk_to_its_polygon() -> None:
    atlas = Atlas([*WIJKEN, Vlak("buurt", "bu", shapely.box(0, 0, 3, 3))])
    assert atlas.plaats(2.5, 2.5) == Plaats("wk22", "bu")
