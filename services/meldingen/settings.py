"""Settings of the service meldingen."""

from chassis.settings import Settings


class MeldingenSettings(Settings):
    """See `chassis.settings.Settings`."""

    regie_afdeling: str = "regie"
    """Code of the afdeling that gets a melding for which no rule and no category says where it goes."""
    termijn_dagen: int = 14
    """Calendar days for a melding without category."""
