"""The service meldingen."""

from chassis.app import create_service
from services.meldingen.apparaatberichten import keep_consumers
from services.meldingen.consumers import CONSUMERS
from services.meldingen.meldingen import MELDINGEN
from services.meldingen.routering import ROUTERING
from services.meldingen.settings import MeldingenSettings
from services.meldingen.taken import TAKEN

app = create_service(
    MeldingenSettings.load("meldingen"),
    apis=[MELDINGEN, TAKEN, ROUTERING],
    consumers=CONSUMERS,
    background=[keep_consumers],
)
