"""Settings of the service autorisaties: only those every service has."""

from chassis.settings import Settings


class AutorisatiesSettings(Settings):
    """See `chassis.settings.Settings`; `applicaties` names the declarative files."""
