"""What content is by its first bytes, and what a browser hears of it."""

import pytest

from services.zaken.documenten.opslag.mediatype import UNKNOWN, mediatype_of, served_as

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "image/png"),
        (b"Geachte heer, mevrouw\n", "text/plain"),
        ("één".encode()[:-1], "text/plain"),
        (b"", UNKNOWN),
        (b"\x00\x01\x02\x03", UNKNOWN),
    ],
)
def test_kinds(head: bytes, kind: str) -> None:
    assert served_as(mediatype_of(head), "") == kind


@pytest.mark.parametrize(
    "head", [b"<html><script>alert(1)</script>", b"<?xml version='1.0'?><svg onload='x'/>", b"<!DOCTYPE html><p>"]
)
def test_what_a_browser_would_run_is_bytes_or_text(head: bytes) -> None:
    for named in ("text/html", "image/svg+xml", "application/xhtml+xml"):
        assert served_as(mediatype_of(head), named) in {UNKNOWN, "text/plain"}


def test_a_name_counts_only_for_a_kind_of_the_same() -> None:
    assert served_as("application/zip", DOCX) == DOCX
    assert served_as("application/pdf", DOCX) == "application/pdf"
    assert served_as("text/plain", "text/html") == "text/plain"
