"""The export of a catalogus: everything in it as one document that people can read and compare."""

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from chassis.access import CurrentCaller
from chassis.problems import NotFound
from chassis.reading import Reading
from services.zaken.catalogusbeheer import stored
from services.zaken.catalogusbeheer.document import SCHEMA, text_of

router = APIRouter(tags=["exporten"])
YAML = "application/yaml"
_DOCUMENTED = {"content": {YAML: {"schema": SCHEMA}}}


# ---- routes


@router.get("/exporten/{uuid}", summary="Catalogus exporteren", responses={200: _DOCUMENTED}, response_class=Response)
async def export_retrieve(uuid: UUID, reader: Reading, caller: CurrentCaller) -> Response:
    """De catalogus met dit uuid, met alle versies van alle typen, als YAML. De volgorde ligt vast: dezelfde catalogus
    geeft dezelfde tekst.
    """
    caller.require("catalogusbeheer", "exporten.lezen")
    runtime = reader.runtime
    found = await stored.load(runtime.database.fetch, runtime, uuid)
    if found is None:
        raise NotFound
    answer = reader.answer(text_of(found, runtime.settings.own_urls))
    if answer.status_code == 200:
        answer.headers["Content-Type"] = f"{YAML}; charset=utf-8"
        named = f"catalogus-{found.catalogus.content['rsin']}.yaml"
        answer.headers["Content-Disposition"] = f'attachment; filename="{named}"'
    return answer
