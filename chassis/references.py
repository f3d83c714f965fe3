"""URLs are identifiers: a reference below our own base URLs becomes an id, another provider's is fetched, guarded."""

import uuid
from dataclasses import dataclass

from chassis.problems import FieldError
from chassis.resource import Resource


@dataclass(frozen=True)
class References:
    """Resolves the URLs callers send, against the present and former public base URLs of this installation."""

    own_urls: tuple[str, ...]

    def local_id(self, resource: Resource, url: str) -> uuid.UUID | None:
        """The id of our own resource, or None when the URL is not one of this kind of ours."""
        for base in self.own_urls:
            prefix = f"{base}/{resource.api}/api/v1{resource.path}/"
            if url.startswith(prefix):
                try:
                    return uuid.UUID(url.removeprefix(prefix).rstrip("/"))
                except ValueError:
                    return None
        return None

    def is_own(self, url: str) -> bool:
        """Whether a URL is one of this installation, of whatever kind."""
        return any(url.startswith(f"{base}/") for base in self.own_urls)


def bad_url(name: str) -> FieldError:
    """The error of a reference that leads nowhere (`bad-url`)."""
    return FieldError(name, "bad-url", "Deze URL verwijst niet naar een bestaand object.")
