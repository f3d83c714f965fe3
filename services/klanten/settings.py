"""Settings of the service klanten: the BRP, the Zaken API and the terms of the law on top of what every service has."""

from typing import cast

from pydantic import SecretStr

from chassis.runtime import Runtime
from chassis.settings import Settings, internal_url


class KlantenSettings(Settings):
    """See `chassis.settings.Settings`. Each field is the environment variable MEENT_<FIELD>."""

    klanten_secret: SecretStr = SecretStr("")
    """Secret with which this service signs its own calls (client `klanten`)."""
    brp_url: str = "http://127.0.0.1:5010/haalcentraal/api/brp"
    """Base URL of the BRP API Personen, version 2; `/personen` is put behind it."""
    brp_api_key: SecretStr = SecretStr("")
    """X-API-KEY for the BRP, when it wants one."""
    brp_doelbinding: str = "verhuizing-verwerken"
    """x-doelbinding of the read that verifies a verhuizing."""
    brp_verwerking: str = "Verwerken van een aangifte van verhuizing"
    """x-verwerking of that read."""
    zaken_url: str = ""
    """Internal base URL of the service that has the Catalogi and Zaken APIs; default: where it is in services.toml."""
    rsin: str = "001000007"
    """RSIN of the municipality: bronorganisatie and verantwoordelijkeOrganisatie of the zaken it opens."""
    verhuizing_zaaktype: str = "VERHUIZING"
    """Identificatie of the zaaktype of a verhuizing."""
    verhuizing_days_before: int = 28
    """A verhuizing can be declared this many days ahead (art. 2.39 Wet BRP: four weeks)."""
    verhuizing_days_after: int = 5
    """Up to this many days after the move the stated date counts (art. 2.39 Wet BRP: the fifth day)."""
    afdeling_ack_wait: float = 10.0
    """Seconds an afdeling has to acknowledge a message before it comes again; later attempts wait up to 8 times as long."""
    termijn_interval: float = 60.0
    """Seconds between two looks for opvolgingen past their term."""

    @property
    def zaken_base(self) -> str:
        """Where the Catalogi and Zaken APIs are reached inside the installation."""
        return (self.zaken_url or internal_url("zaken")).rstrip("/")


def settings_of(runtime: Runtime) -> KlantenSettings:
    """This service's settings of a runtime."""
    return cast("KlantenSettings", runtime.settings)
