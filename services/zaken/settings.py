"""Settings of the service zaken: what a zaaktype needs before it is published, and which reference lists count."""

from typing import TYPE_CHECKING, cast

from chassis.settings import Settings

if TYPE_CHECKING:
    from chassis.runtime import Runtime


class ZakenSettings(Settings):
    """Beside those of every service (`chassis.settings.Settings`). Each field is the environment variable MEENT_<FIELD>."""

    strict_publish: bool = False
    """Whether a zaaktype is only published with a roltype, a resultaattype and two statustypen, as Open Zaak wants."""
    expand_depth: int = 6
    """Levels of `expand`; the standard sets no limit, and asks for five in its tests."""
    expand_bytes: int = 25_000_000
    """Bytes that may be put together for one answer with `expand`."""
    selectielijst: str = ""
    """Base URL of the API with resultaten, procestypen, resultaattypeomschrijvingen and communicatiekanalen: only
    references below it count. Empty: those of any provider, and our own examples are served."""


def settings_of(runtime: "Runtime") -> ZakenSettings:
    """The settings of this service's runtime."""
    return cast("ZakenSettings", runtime.settings)
