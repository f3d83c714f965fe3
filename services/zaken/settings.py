"""Settings of the service zaken: what a zaaktype needs before it is published, which reference lists count, and where
the content of documents is kept.
"""

from pathlib import Path
from typing import TYPE_CHECKING, cast

from pydantic import SecretStr

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
    data: str = ".meent"
    """Data folder of the installation."""
    documenten_folder: str = ""
    """Where the content of documents is kept, encrypted; empty: `documenten` in the data folder."""
    documenten_s3: str = ""
    """`bucket` or `bucket/prefix` of an S3-compatible store to keep it in instead of a folder."""
    documenten_s3_endpoint: str = ""
    """Address of the store; empty: that of AWS."""
    documenten_s3_region: str = "us-east-1"
    documenten_s3_key_id: str = ""
    documenten_s3_secret: SecretStr = SecretStr("")
    documenten_inhoud: int = 50 * 1024 * 1024
    """Bytes of content that may come in the body of a document; larger content comes in bestandsdelen."""
    documenten_deel: int = 100 * 1024 * 1024
    """Bytes of a bestandsdeel."""
    documenten_sweep: int = 3600
    """Seconds after which content without a document is removed."""
    scanner: str = ""
    """`host:port` of a clamd that looks at all content before it is accepted; empty: nobody looks."""
    verify_integriteit: bool = True
    """Whether content is refused that does not have the checksum that came with it."""

    def missing(self) -> list[str]:
        """A folder nobody named would be gone with its container, and with it the documents."""
        named = {"data", "documenten_folder", "documenten_s3"} & self.model_fields_set
        return [] if named else ["MEENT_DOCUMENTEN_FOLDER"]

    @property
    def content_folder(self) -> Path:
        """Where the content of documents is kept, without S3."""
        return Path(self.documenten_folder or Path(self.data) / "documenten")


def settings_of(runtime: "Runtime") -> ZakenSettings:
    """The settings of this service's runtime."""
    return cast("ZakenSettings", runtime.settings)
