"""The Zaken API 1.7.0: zaken with all that belongs to them."""

from chassis.app import Api
from services.zaken.expand import SOURCES, Source
from services.zaken.visibility import columns_of, readable
from services.zaken.zaken import (
    audittrail,
    klantcontact,
    resultaat,
    rol,
    status,
    zaakbesluit,
    zaakcontactmoment,
    zaakeigenschap,
    zaakinformatieobject,
    zaaknotitie,
    zaaknummer,
    zaakobject,
    zaakverzoek,
)
from services.zaken.zaken.zaak import routes as zaak
from services.zaken.zaken.zaak import zoek

ZAKEN = Api(
    name="zaken",
    title="Zaken",
    version="1.7.0",
    description="De zaken van de gemeente: waar ze over gaan, wie erbij betrokken is en hoever ze zijn.",
    routers=[
        klantcontact.router,
        resultaat.router,
        rol.router,
        status.router,
        zaakbesluit.router,
        zaakcontactmoment.router,
        zaakinformatieobject.router,
        zaaknotitie.router,
        zaakobject.router,
        zaakverzoek.router,
        zoek.router,
        zaak.router,
        zaaknummer.router,
        zaakeigenschap.router,
        audittrail.router,
    ],
    zgw=True,
)
SOURCES[ZAKEN.name] = Source(columns_of, readable)
