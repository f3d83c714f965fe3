"""The Catalogi API 1.3.3: the types that zaken are made of."""

from chassis.app import Api
from services.zaken.catalogi import catalogus, roltype, statustype
from services.zaken.catalogi.zaaktype import routes as zaaktype

CATALOGI = Api(
    name="catalogi",
    title="Catalogi",
    version="1.3.3",
    description="De zaaktypen van de gemeente, met hun statustypen en roltypen.",
    routers=[catalogus.router, roltype.router, statustype.router, zaaktype.router],
    zgw=True,
)
