"""Resources whose path is below their main object: `/zaken/{main}/zaakeigenschappen`."""

from uuid import UUID

from chassis.references import References
from chassis.resource import Resource


def url_of(public_url: str, resource: Resource, row_id: UUID | str, main_id: UUID | str) -> str:
    """The identifier of a part. main_id: of its main object, for a resource that has `{main}` in its path."""
    return resource.url(public_url, row_id).replace("{main}", str(main_id))


def id_in(references: References, resource: Resource, url: str) -> UUID | None:
    """The id of our own resource, as `References.local_id`, also when it is below a main object."""
    before, nested, after = resource.path.partition("{main}")
    if not nested:
        return references.local_id(resource, url)
    main, _, row_id = url.rpartition("/")
    bases = tuple(f"{own}/{resource.api}/api/v1{before}" for own in references.own_urls)
    try:
        return UUID(row_id) if main.startswith(bases) and main.endswith(after) else None
    except ValueError:
        return None
