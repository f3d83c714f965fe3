"""The Besluiten API 1.1: what the gemeente decided, in which zaak, and in which documents it is laid down."""

from chassis.app import Api
from services.zaken.besluiten import audittrail, besluit, besluitinformatieobject
from services.zaken.besluiten.visibility import columns_of, readable
from services.zaken.expand import SOURCES, Source

BESLUITEN = Api(
    name="besluiten",
    title="Besluiten",
    version="1.1.0",
    description="De besluiten van de gemeente, met de documenten waarin ze zijn vastgelegd.",
    routers=[besluit.router, besluitinformatieobject.router, audittrail.router],
    zgw=True,
)
SOURCES[BESLUITEN.name] = Source(columns_of, readable)
