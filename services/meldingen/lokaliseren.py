"""From a point to its wijk and buurt, in memory: no address service is asked, so none can block a melder."""

from collections.abc import Iterable
from dataclasses import dataclass

import shapely
from shapely.geometry.base import BaseGeometry


@dataclass(frozen=True)
class Vlak:
    """One gebied. soort: gemeente, wijk or buurt; wijk: the wijk a buurt belongs to; geometry: lon/lat in degrees, WGS84."""

    soort: str
    code: str
    geometry: BaseGeometry
    wijk: str | None = None


@dataclass(frozen=True)
class Plaats:
    """Where a point lies; None for what is not known there."""

    wijk: str | None
    buurt: str | None


class Atlas:
    """All gebieden of one version, with an index on their rectangles."""

    def __init__(self, vlakken: Iterable[Vlak]) -> None:
        self._vlakken = sorted(vlakken, key=lambda vlak: vlak.code)
        self._tree = shapely.STRtree([vlak.geometry for vlak in self._vlakken])
        self._bounded = any(vlak.soort == "gemeente" for vlak in self._vlakken)
        self.codes = {vlak.code: vlak.soort for vlak in self._vlakken}

    def plaats(self, lon: float, lat: float) -> Plaats | None:
        """The wijk and buurt of a point (degrees, WGS84), or None when it lies outside the gemeente.

        A border belongs to both sides, and the lowest code wins. Without a polygon of the gemeente nothing is outside.
        """
        hits = [self._vlakken[i] for i in sorted(self._tree.query(shapely.Point(lon, lat), predicate="intersects"))]
        if self._bounded and not any(vlak.soort == "gemeente" for vlak in hits):
            return None
        buurt = next((vlak for vlak in hits if vlak.soort == "buurt"), None)
        wijk = next((vlak.code for vlak in hits if vlak.soort == "wijk"), None)
        if buurt is not None and buurt.wijk is not None:
            wijk = buurt.wijk
        return Plaats(wijk, buurt.code if buurt else None)
