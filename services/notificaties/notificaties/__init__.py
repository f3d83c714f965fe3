"""The Notificaties API of the ZGW standard, 1.0.1."""

from chassis.app import Api
from services.notificaties.notificaties import abonnement, cloudevent, kanaal, notificatie

NOTIFICATIES = Api(
    name="notificaties",
    title="Notificaties API",
    version="1.0.1",
    routers=[abonnement.router, kanaal.router, notificatie.router, cloudevent.router],
    description="Kanalen registreren, abonnementen nemen en notificaties aanbieden.",
    zgw=True,
)
