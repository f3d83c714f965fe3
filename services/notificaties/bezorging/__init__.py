"""The API bezorging: what became of every notificatie, and the dead letters of everyone, to inspect and to offer again."""

from chassis.app import Api
from services.notificaties.bezorging import aflevering, bezorginstelling, onbestelbaar_bericht, toegang

BEZORGING = Api(
    name="bezorging",
    title="Bezorging API",
    version="1.0.0",
    routers=[aflevering.router, bezorginstelling.router, toegang.router, onbestelbaar_bericht.router],
    description="Afleveringen van notificaties per abonnement, en berichten die niet bezorgd konden worden.",
)
