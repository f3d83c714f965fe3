"""The reference lists: rows of our own in the shape of the national selectielijst, for a municipality that names no other."""

from chassis.app import Api
from services.zaken.referentielijsten import referentielijst

REFERENTIELIJSTEN = Api(
    name="referentielijsten",
    title="Referentielijsten",
    version="1.0.0",
    description=(
        "Voorbeelden van procestypen, resultaten, resultaattypeomschrijvingen en communicatiekanalen, in de vorm van de "
        "landelijke lijsten. Alleen te lezen, door iedereen."
    ),
    routers=[referentielijst.router],
)
