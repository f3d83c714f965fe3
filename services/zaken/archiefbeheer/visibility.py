"""Who may do what in archiefbeheer: its own component, with rights per zaaktype and level as those on zaken.

A regel keeps the zaaktype and the level of its zaak, so that rights on it can be judged after the zaak is gone.
"""

from services.zaken.catalogi.zaaktype.fields import ZAAKTYPE
from services.zaken.rights import Rights

TE_ARCHIVEREN_LEZEN = "te-archiveren-zaken.lezen"
LIJSTEN_LEZEN, LIJSTEN_AANMAKEN = "vernietigingslijsten.lezen", "vernietigingslijsten.aanmaken"
LIJSTEN_BIJWERKEN, LIJSTEN_ACCORDEREN = "vernietigingslijsten.bijwerken", "vernietigingslijsten.accorderen"
LIJSTEN_UITVOEREN = "vernietigingslijsten.uitvoeren"
VERKLARINGEN_LEZEN = "verklaringen-van-vernietiging.lezen"
RIGHTS = Rights("archiefbeheer", ZAAKTYPE, "zaaktype", "elke zaak op de lijst", levels=True)
visible, listable = RIGHTS.visible, RIGHTS.listable
