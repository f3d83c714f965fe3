"""The Zaken API 1.7.0: zaken with all that belongs to them."""

from chassis.app import Api
from services.zaken.zaken import (
    audittrail,
    klantcontact,
    resultaat,
    rol,
    status,
    zaakcontactmoment,
    zaakeigenschap,
    zaakinformatieobject,
    zaaknotitie,
    zaakobject,
    zaakverzoek,
)
from services.zaken.zaken.zaak import routes as zaak

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
        zaakcontactmoment.router,
        zaakinformatieobject.router,
        zaaknotitie.router,
        zaakobject.router,
        zaakverzoek.router,
        zaak.router,
        zaakeigenschap.router,
        audittrail.router,
    ],
    zgw=True,
)
