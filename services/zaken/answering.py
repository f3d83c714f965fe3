"""HEAD: the headers of the answer to GET, without its body."""

from starlette.responses import Response


def headers_only(response: Response) -> Response:
    """The same answer without body; Content-Length stays that of the GET."""
    return Response(status_code=response.status_code, headers=dict(response.headers))
