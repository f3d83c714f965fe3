"""The service autorisaties."""

from chassis.app import create_service
from services.autorisaties.autorisaties import AUTORISATIES
from services.autorisaties.declaratie import apply_declaration
from services.autorisaties.publicatie import publish_policy
from services.autorisaties.settings import AutorisatiesSettings

app = create_service(
    AutorisatiesSettings.load("autorisaties"),
    apis=[AUTORISATIES],
    background=[publish_policy],
    startup=[apply_declaration],
)
