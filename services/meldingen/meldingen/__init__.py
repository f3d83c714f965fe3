"""The API meldingen: signalen of residents, the meldingen they lead to, and where those go."""

from chassis.app import Api
from services.meldingen.meldingen import afhandeling, melding, signaal, toewijzing

MELDINGEN = Api(
    name="meldingen",
    title="Meldingen",
    version="0.1.0",
    description="Wat inwoners melden over de openbare ruimte, en wat ermee gebeurt.",
    routers=[signaal.router, melding.router, toewijzing.router, afhandeling.router],
)
