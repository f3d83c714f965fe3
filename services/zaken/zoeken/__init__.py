"""Searching by words, through zaken and documents alike: an API of our own."""

from chassis.app import Api
from services.zaken.zoeken import zoekresultaat

ZOEKEN = Api(
    name="zoeken",
    title="Zoeken",
    version="1.0.0",
    description=(
        "Zaken en documenten vinden op woorden in hun titel, omschrijving, nummer en kenmerken. Een applicatie vindt alleen "
        "wat zij met haar rechten in de Zaken API en de Documenten API ook mag lezen."
    ),
    routers=[zoekresultaat.router],
)
