"""The service klanten."""

from chassis.app import create_service
from services.klanten.consumers import CONSUMERS
from services.klanten.klanten import KLANTEN
from services.klanten.settings import KlantenSettings
from services.klanten.verhuizingen import VERHUIZINGEN
from services.klanten.verhuizingen.afdelingsconsument import afdelingsconsumenten
from services.klanten.verhuizingen.termijnen import termijnen

app = create_service(
    KlantenSettings.load("klanten"),
    apis=[KLANTEN, VERHUIZINGEN],
    consumers=CONSUMERS,
    background=[afdelingsconsumenten, termijnen],
)
