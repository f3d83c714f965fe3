"""Resources whose path is below their main object: `/zaken/{main}/zaakeigenschappen`."""

from uuid import UUID

from chassis.resource import Resource


def url_of(public_url: str, resource: Resource, row_id: UUID | str, main_id: UUID | str) -> str:
    """The identifier of a part. main_id: of its main object, for a resource that has `{main}` in its path."""
    return resource.url(public_url, row_id).replace("{main}", str(main_id))
