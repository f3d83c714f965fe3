"""The API routering: gebieden, categorieen, afdelingen, ploegen and the rules that bind them, as data."""

from chassis.app import Api
from services.meldingen.routering import afdeling, categorie, gebied, ploeg, routeerproef, routeerregel

ROUTERING = Api(
    name="routering",
    title="Routering",
    version="0.1.0",
    description="De inrichting van de meldingen: gebieden, categorieën, afdelingen, ploegen en routeerregels.",
    routers=[
        afdeling.router,
        ploeg.router,
        gebied.router,
        categorie.router,
        routeerregel.router,
        routeerproef.router,
    ],
)
