"""The Documenten API 1.7.1: documents with their versions and content, and what they belong to."""

from typing import cast

from chassis.app import Api
from chassis.settings import Settings
from services.zaken.documenten import audittrail, bestandsdeel, gebruiksrechten, objectinformatieobject, verzending
from services.zaken.documenten.enkelvoudiginformatieobject import locking, routes
from services.zaken.documenten.visibility import columns_of, judge
from services.zaken.expand import SOURCES, Source
from services.zaken.settings import ZakenSettings

SLACK = 1024 * 1024
"""Bytes for what stands around content."""


def largest_body(settings: Settings, path: str) -> int:
    """Bytes of a body: content of a document comes in one, in base64, or a part of it does."""
    most = cast("ZakenSettings", settings)
    if path.startswith("/bestandsdelen/"):
        return most.documenten_deel + SLACK
    if path.startswith("/enkelvoudiginformatieobjecten"):
        return most.documenten_inhoud * 4 // 3 + SLACK
    return most.max_body


DOCUMENTEN = Api(
    name="documenten",
    title="Documenten",
    version="1.7.1",
    description="De documenten van de gemeente: hun kenmerken, hun versies en hun inhoud.",
    routers=[
        bestandsdeel.router,
        routes.router,
        locking.router,
        audittrail.router,
        gebruiksrechten.router,
        objectinformatieobject.router,
        verzending.router,
    ],
    zgw=True,
    largest_body=largest_body,
    too_large="Bericht te groot. Stuur grote inhoud in bestandsdelen: laat inhoud leeg en geef bestandsomvang.",
)
SOURCES[DOCUMENTEN.name] = Source(columns_of, judge, deepest=3)
