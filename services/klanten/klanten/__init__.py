"""API klanten: our own surface for what the Klantinteracties standard lacks, beginning with the partij."""

from chassis.app import Api
from services.klanten.klanten import partij

KLANTEN = Api(
    "klanten",
    "Klanten",
    "1.0.0",
    routers=[partij.router],
    description="Personen en organisaties waarmee de gemeente te maken heeft, los van de namen en adressen in de BRP.",
)
