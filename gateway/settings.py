"""What an operator sets for the gateway, beside what every service has."""

from chassis.settings import Settings


class GatewaySettings(Settings):
    """Settings of the gateway; each is an environment variable `MEENT_<NAME>`."""

    cors_origins: str = ""
    """Origins of browser applications that may call the APIs, comma-separated (`https://portaal.example`)."""
    gateway_max_body: int = 128 * 1024 * 1024
    """Bytes of a request body; larger answers 413. At least what the service of documents takes: a
    bestandsdeel, or content in base64."""
    gateway_idle: float = 30.0
    """Seconds without any progress after which a request is ended."""
    rate_limit: float = 5000.0
    """Requests per second and client, for each gateway process; 0 is no limit."""
    rate_burst: int = 10_000
    """Requests a client may make at once before the rate counts."""

    @property
    def origins(self) -> frozenset[bytes]:
        """The allowed origins as they come in a header."""
        return frozenset(
            origin.strip().rstrip("/").encode() for origin in self.cors_origins.split(",") if origin.strip()
        )
