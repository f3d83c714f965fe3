"""The service notificaties."""

from chassis.app import create_service
from services.notificaties.bezorging import BEZORGING
from services.notificaties.consumers import CONSUMERS
from services.notificaties.deadletters import follow_advisories, follow_dead_letters
from services.notificaties.dispatch import dispatch
from services.notificaties.kanalen import register_kanalen
from services.notificaties.mailing import send_mails
from services.notificaties.notificaties import NOTIFICATIES
from services.notificaties.settings import NotificatiesSettings

app = create_service(
    NotificatiesSettings.load("notificaties"),
    apis=[NOTIFICATIES, BEZORGING],
    consumers=CONSUMERS,
    background=[dispatch, follow_dead_letters, follow_advisories, send_mails],
    startup=[register_kanalen],
)
