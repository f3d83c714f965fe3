"""Near enough is found, and whoever is near enough waits for the same lock."""

import math

from hypothesis import given
from hypothesis import strategies as st

from services.meldingen.ontdubbelen import MAX_RADIUS, cells, distance

LON, LAT = st.floats(min_value=3.2, max_value=7.3), st.floats(min_value=50.7, max_value=53.7)
POINT = st.tuples(LON, LAT)


@given(POINT, st.floats(min_value=0, max_value=MAX_RADIUS), st.floats(min_value=0, max_value=2 * math.pi))
def test_two_points_within_the_largest_straal_share_a_lock(
    point: tuple[float, float], metres: float, direction: float
) -> None:
    lon, lat = point
    other = (
        lon + metres * math.cos(direction) / (111_195 * math.cos(math.radians(lat))),
        lat + metres * math.sin(direction) / 111_195,
    )
    if distance(point, other) <= MAX_RADIUS:
        assert cells(point) & cells(other)


@given(POINT, POINT)
def test_distance_is_a_distance(one: tuple[float, float], other: tuple[float, float]) -> None:
    assert distance(one, other) == distance(other, one) >= 0
    assert distance(one, one) == 0


def test_known_distances() -> None:
    assert math.isclose(distance((5.0, 52.0), (5.0, 53.0)), 111_195, rel_tol=1e-4)
    assert math.isclose(distance((4.0, 52.37), (5.0, 52.37)), 67_888, rel_tol=1e-3)
