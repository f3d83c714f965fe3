"""The API taken: the work of a ploeg, also offline, and its apparaten."""

from chassis.app import Api
from services.meldingen import meldingen  # noqa: F401 - the two APIs know each other; this one is always entered second
from services.meldingen.taken import apparaat, gebeurtenis, sync, taak

TAKEN = Api(
    name="taken",
    title="Taken",
    version="0.1.0",
    description="Het werk van ploegen in de openbare ruimte, ook voor apparaten die soms offline zijn.",
    routers=[taak.router, gebeurtenis.router, sync.router, apparaat.router],
)
