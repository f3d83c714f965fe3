"""The API bezorging: what became of every notificatie, and the dead letters of everyone, to inspect and to offer again."""

from chassis.app import Api
from services.notificaties.bezorging import (
    abonnee,
    aflevering,
    bezorginstelling,
    onbestelbaar_bericht,
    opnieuw,
    overzicht,
    toegang,
)

BEZORGING = Api(
    name="bezorging",
    title="Bezorging API",
    version="1.0.0",
    routers=[
        abonnee.router,
        aflevering.router,
        bezorginstelling.router,
        toegang.router,
        onbestelbaar_bericht.router,
        opnieuw.router,
        overzicht.router,
    ],
    description="Afleveringen van notificaties per abonnement, en berichten die niet bezorgd konden worden.",
)
