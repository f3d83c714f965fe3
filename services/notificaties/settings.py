"""Settings of the service notificaties: how patiently and how widely it delivers."""

from datetime import timedelta
from typing import TYPE_CHECKING, cast

from pydantic import Field, SecretStr

from chassis.settings import Settings

if TYPE_CHECKING:
    from chassis.runtime import Runtime


class NotificatiesSettings(Settings):
    """Beside those of every service (`chassis.settings.Settings`)."""

    webhook_timeout: float = Field(default=10.0, gt=0)
    """Seconds a subscriber may take to answer."""
    webhook_hours: int = Field(default=72, ge=1)
    """Hours a notificatie is tried before it is a dead letter."""
    webhook_concurrency: int = Field(default=4, ge=1)
    """Calls to one subscriber at a time."""
    webhook_slots: int = Field(default=64, ge=1)
    """Calls to all subscribers at a time, without long ones; those that failed lately share a quarter of it, apart."""
    aflevering_days: int = Field(default=30, ge=1)
    """Days a finished delivery stays in the ledger."""

    smtp: SecretStr = SecretStr("")
    """Mail server for warnings to subscribers: smtp:// or smtps://[user:password@]host[:port]; empty: none are sent."""
    mail_from: str = ""
    """Sender of those mails."""

    def missing(self) -> list[str]:
        """A mail server needs a sender."""
        return ["MEENT_MAIL_FROM"] if self.smtp.get_secret_value() and not self.mail_from else []

    @property
    def webhook_term(self) -> timedelta:
        """How long a notificatie is tried."""
        return timedelta(hours=self.webhook_hours)


def settings_of(runtime: "Runtime") -> NotificatiesSettings:
    """The settings of this service's runtime."""
    return cast("NotificatiesSettings", runtime.settings)
