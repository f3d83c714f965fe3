"""The Catalogi API 1.3.3: the types that zaken are made of."""

from chassis.app import Api
from services.zaken.catalogi import (
    besluittype,
    catalogus,
    informatieobjecttype,
    roltype,
    statustype,
    zaakinformatieobjecttype,
)
from services.zaken.catalogi.zaaktype import routes as zaaktype

CATALOGI = Api(
    name="catalogi",
    title="Catalogi",
    version="1.3.3",
    description="De typen van zaken, besluiten en documenten van de gemeente, in versies.",
    routers=[
        besluittype.router,
        catalogus.router,
        informatieobjecttype.router,
        roltype.router,
        statustype.router,
        zaakinformatieobjecttype.router,
        zaaktype.router,
    ],
    zgw=True,
)
