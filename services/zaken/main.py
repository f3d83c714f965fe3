"""The service zaken."""

from chassis.app import create_service
from services.zaken.archiefbeheer import ARCHIEFBEHEER
from services.zaken.archiefbeheer.uitvoering import carry_out_for_ever
from services.zaken.besluiten import BESLUITEN
from services.zaken.catalogi import CATALOGI
from services.zaken.catalogusbeheer import CATALOGUSBEHEER
from services.zaken.consumers import CONSUMERS
from services.zaken.counting import add_up_for_ever
from services.zaken.documenten import DOCUMENTEN
from services.zaken.documenten.opslag.sweeping import sweep_for_ever
from services.zaken.referentielijsten import REFERENTIELIJSTEN
from services.zaken.settings import ZakenSettings
from services.zaken.zaken import ZAKEN
from services.zaken.zoeken import ZOEKEN

app = create_service(
    ZakenSettings.load("zaken"),
    apis=[CATALOGI, REFERENTIELIJSTEN, DOCUMENTEN, ZAKEN, BESLUITEN, ARCHIEFBEHEER, CATALOGUSBEHEER, ZOEKEN],
    consumers=CONSUMERS,
    background=[add_up_for_ever, sweep_for_ever, carry_out_for_ever],
)
