"""The Autorisaties API 1.1, with credentials managed at run time as our own addition."""

from chassis.app import Api
from services.autorisaties.autorisaties import applicatie, credential

AUTORISATIES = Api(
    name="autorisaties",
    title="Autorisaties",
    version="1.1.0",
    description="Welke applicaties welke rechten hebben, per component.",
    routers=[applicatie.router, credential.router],
    zgw=True,
)
