"""The Catalogi API 1.3.3: the types that zaken are made of."""

from chassis.app import Api
from services.zaken.catalogi import (
    catalogus,
    eigenschap,
    resultaattype,
    roltype,
    statustype,
    zaakobjecttype,
)
from services.zaken.catalogi.zaaktype import routes as zaaktype

CATALOGI = Api(
    name="catalogi",
    title="Catalogi",
    version="1.3.3",
    description="De zaaktypen van de gemeente, met hun onderdelen.",
    routers=[
        catalogus.router,
        eigenschap.router,
        resultaattype.router,
        roltype.router,
        statustype.router,
        zaakobjecttype.router,
        zaaktype.router,
    ],
    zgw=True,
)
