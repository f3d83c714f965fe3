"""The API archiefbeheer: which dossiers are due, and their destruction by two persons."""

from chassis.app import Api
from services.zaken.archiefbeheer import te_archiveren_zaak, verklaring, vernietigingsregel
from services.zaken.archiefbeheer.vernietigingslijst import routes as vernietigingslijst

ARCHIEFBEHEER = Api(
    name="archiefbeheer",
    title="Archiefbeheer",
    version="0.1.0",
    description="Welke zaken aan de beurt zijn om te vernietigen of over te brengen, en het vernietigen zelf: "
    "op een lijst, met akkoord van een ander, en met een verklaring van vernietiging.",
    routers=[te_archiveren_zaak.router, vernietigingslijst.router, vernietigingsregel.router, verklaring.router],
)
