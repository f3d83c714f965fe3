"""The Catalogi API 1.3.3: the types that zaken are made of."""

from chassis.app import Api
from services.zaken.catalogi import (
    besluittype,
    catalogus,
    eigenschap,
    informatieobjecttype,
    resultaattype,
    roltype,
    statustype,
    zaakinformatieobjecttype,
    zaakobjecttype,
)
from services.zaken.catalogi.historiemodel import COMPOSITIONS, compose_for
from services.zaken.catalogi.rights import may_read
from services.zaken.catalogi.zaaktype import routes as zaaktype
from services.zaken.expand import SOURCES, Source

CATALOGI = Api(
    name="catalogi",
    title="Catalogi",
    version="1.3.3",
    description="De typen van zaken, besluiten en documenten van de gemeente, in versies.",
    routers=[
        besluittype.router,
        catalogus.router,
        eigenschap.router,
        informatieobjecttype.router,
        resultaattype.router,
        roltype.router,
        statustype.router,
        zaakinformatieobjecttype.router,
        zaakobjecttype.router,
        zaaktype.router,
    ],
    zgw=True,
)
SOURCES[CATALOGI.name] = Source(lambda _: "", lambda caller, _: lambda _: may_read(caller), COMPOSITIONS, compose_for)
