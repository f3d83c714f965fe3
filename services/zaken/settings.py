"""Settings of the service zaken."""

from chassis.settings import Settings


class ZakenSettings(Settings):
    """What every service has; this one adds nothing yet."""
