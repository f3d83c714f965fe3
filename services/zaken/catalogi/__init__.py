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
from services.zaken.catalogi.rights import may_read
from services.zaken.catalogi.zaaktype import routes as zaaktype
from services.zaken.expand import SOURCES, Source

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
SOURCES[CATALOGI.name] = Source(lambda _: "", lambda caller, _: lambda _: may_read(caller))
