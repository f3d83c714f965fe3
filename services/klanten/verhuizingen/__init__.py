"""API verhuizingen: the declaration of a move, and what every afdeling that must know of it does about it."""

from chassis.app import Api
from services.klanten.verhuizingen import (
    aangifte,
    afdelingsprofiel,
    correctie,
    intrekking,
    logboekregel,
    opvolging,
    verhuizing,
    verwerking,
    volgindicatie,
)

VERHUIZINGEN = Api(
    "verhuizingen",
    "Verhuizingen",
    "1.0.0",
    routers=[
        verhuizing.router,
        aangifte.router,
        verwerking.router,
        correctie.router,
        intrekking.router,
        opvolging.router,
        afdelingsprofiel.router,
        volgindicatie.router,
        logboekregel.router,
    ],
    description=(
        "Een inwoner geeft een verhuizing door; elke afdeling die het moet weten hoort het één keer, "
        "met niet meer gegevens dan zij mag hebben."
    ),
)
