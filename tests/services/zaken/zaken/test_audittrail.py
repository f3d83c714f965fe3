"""The audit trail of a zaak."""

from tests.services.zaken.making import BSN, Zaken


class TestList:
    async def test_without_token_or_scope_is_refused(self, zaken: Zaken) -> None:
        path = f"{(await zaken.zaak())['url']}/audittrail"
        assert (await zaken.service.anonymous().get(path)).status_code == 403
        for caller in (zaken.limited("leeg"), zaken.limited("lezer", "zaken.lezen")):
            assert (await caller.get(path)).status_code == 403
        assert (await zaken.limited("auditor", "audittrails.lezen").get(path)).status_code == 200

    async def test_tells_of_the_zaak_and_its_parts_with_old_and_new(self, zaken: Zaken) -> None:
        zaak = await zaken.zaak(omschrijving="oud")
        await zaken.client.patch(zaak["url"], json={"omschrijving": "nieuw"}, headers={"X-Audit-Toelichting": "fout"})
        rol = await zaken.rol(zaak["url"])
        await zaken.zaak()
        answer = await zaken.client.get(f"{zaak['url']}/audittrail")
        lines = answer.json()
        assert [(line["resource"], line["actie"], line["resultaat"]) for line in lines] == [
            ("zaak", "create", 201),
            ("zaak", "partial_update", 200),
            ("rol", "create", 201),
        ]
        assert lines[0]["wijzigingen"] == {"oud": {}, "nieuw": zaak}
        assert lines[1]["wijzigingen"]["oud"]["omschrijving"] == "oud"
        assert lines[1]["wijzigingen"]["nieuw"]["omschrijving"] == "nieuw"
        assert (lines[1]["toelichting"], lines[1]["applicatieId"], lines[1]["gebruikersId"]) == (
            "fout",
            "test",
            "tester",
        )
        assert lines[2]["wijzigingen"]["nieuw"]["betrokkeneIdentificatie"]["inpBsn"] == BSN
        assert (lines[2]["hoofdObject"], lines[2]["resourceUrl"]) == (zaak["url"], rol["url"])

    async def test_has_the_status_of_the_answer_and_the_label_of_the_applicatie(self, zaken: Zaken) -> None:
        zaak = (await zaken.zaak())["url"]
        await zaken.close(zaak)
        rol = (await zaken.rol(zaak))["url"]
        await zaken.client.delete(rol)
        lines = (await zaken.client.get(f"{zaak}/audittrail")).json()
        assert sorted((line["resource"], line["actie"], line["resultaat"]) for line in lines) == [
            ("resultaat", "create", 201),
            ("rol", "create", 201),
            ("rol", "destroy", 204),
            ("status", "create", 201),
            ("zaak", "create", 201),
            ("zaak", "update", 201),
        ]
        runtime = zaken.service.runtime
        [applicatie] = [one for one in runtime.policy._applicaties.values() if "test" in one["clientIds"]]
        applicatie["label"] = "Zaaksysteem"
        [line, *_] = (await zaken.client.get(f"{zaak}/audittrail")).json()
        applicatie["label"] = "test"
        assert (line["applicatieId"], line["applicatieWeergave"]) == ("test", "Zaaksysteem")
        assert (line["gebruikersId"], line["gebruikersWeergave"]) == ("tester", "Test tester")

    async def test_of_an_unknown_zaak_is_404(self, zaken: Zaken) -> None:
        path = "/zaken/api/v1/zaken/00000000-0000-4000-8000-000000000000/audittrail"
        assert (await zaken.client.get(path)).status_code == 404


class TestRetrieve:
    async def test_without_the_scope_is_refused(self, zaken: Zaken) -> None:
        zaak = await zaken.zaak()
        [line] = (await zaken.client.get(f"{zaak['url']}/audittrail")).json()
        path = f"{zaak['url']}/audittrail/{line['uuid']}"
        assert (await zaken.limited("lezer", "zaken.lezen").get(path)).status_code == 403
        assert (await zaken.client.get(path)).json() == line

    async def test_of_another_zaak_is_404(self, zaken: Zaken) -> None:
        zaak, other = await zaken.zaak(), await zaken.zaak()
        [line] = (await zaken.client.get(f"{zaak['url']}/audittrail")).json()
        assert (await zaken.client.get(f"{other['url']}/audittrail/{line['uuid']}")).status_code == 404
