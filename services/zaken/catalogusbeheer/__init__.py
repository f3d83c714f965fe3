"""The API catalogusbeheer: a whole catalogus as one document, out and in. It knows the catalogi and no zaak."""

from chassis.app import Api
from services.zaken.catalogusbeheer import exporten, importen

DESCRIPTION = """\
Hiermee haalt een functioneel beheerder een hele catalogus op als één leesbaar bestand, en voert die ergens anders in:
van test naar productie, of van een andere gemeente.

**Exporteren.** U krijgt een YAML-bestand. Daarin staan de catalogus en alle typen, met al hun versies en onderdelen.
Typen verwijzen naar elkaar met hun naam. U kunt het bestand lezen, bewaren, vergelijken met een eerder bestand en
aanpassen. Een veld dat er niet staat, is leeg of heeft zijn gewone waarde.

**Uitproberen.** Stuur het bestand eerst naar `importproeven`. U ziet dan per type wat er zou gebeuren: toegevoegd,
gewijzigd, ongewijzigd of geweigerd, en wat er wordt gepubliceerd. Er verandert niets.

**Importeren.** Klopt alles, stuur hetzelfde bestand dan naar `importen`. Zit er ook maar één fout in, dan wordt er niets
ingevoerd. Hetzelfde bestand nog een keer invoeren verandert niets.

**Regels.**
* Een versie van een type wordt herkend aan de naam en `beginGeldigheid`.
* Staat er `concept: false`, dan wordt de versie gepubliceerd. Dat kan niet worden teruggedraaid.
* Een gepubliceerde versie verandert niet meer. Alleen `eindeGeldigheid` mag anders worden. Wilt u iets anders wijzigen,
  zet dan een nieuwe versie in het bestand met een andere `beginGeldigheid`.
* Een concept wordt precies zoals het in het bestand staat: onderdelen die er niet in staan, worden verwijderd.
* Typen en versies die niet in het bestand staan, blijven zoals ze zijn.

**Van Open Zaak.** Het ZIP-bestand dat Open Zaak van een catalogus exporteert, wordt ook gelezen. Zaakobjecttypen zitten
daar niet in.

**Rechten.** Op het component `catalogusbeheer`: `exporten.lezen` en `importen.aanmaken`. Wie importeert of uitprobeert,
heeft ook `catalogi.schrijven` op de Catalogi API nodig.
"""

CATALOGUSBEHEER = Api(
    name="catalogusbeheer",
    title="Catalogusbeheer",
    version="0.1.0",
    description=DESCRIPTION,
    routers=[exporten.router, importen.router],
)
