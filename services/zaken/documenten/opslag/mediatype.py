"""What content is by its first bytes, and whether a browser may be told so."""

import puremagic

HEAD = 4096
"""Bytes that are looked at."""
UNKNOWN = "application/octet-stream"
SAFE = frozenset(
    {
        "application/pdf",
        "application/msword",
        "application/vnd.ms-excel",
        "application/vnd.oasis.opendocument.spreadsheet",
        "application/vnd.oasis.opendocument.text",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/zip",
        "audio/mpeg",
        "image/gif",
        "image/jpeg",
        "image/png",
        "image/tiff",
        "image/webp",
        "text/plain",
        "video/mp4",
    }
)
"""Kinds that no browser runs as a program of ours; anything else is served as bytes (HTML, SVG and XML could)."""
_ZIPS = tuple(kind for kind in SAFE if "opendocument" in kind or "openxml" in kind)


def mediatype_of(head: bytes) -> str:
    """The kind of content that begins like this."""
    try:
        found = puremagic.from_string(head, mime=True) if head else ""
    except (puremagic.PureError, ValueError):
        found = ""
    if found:
        return str(found)
    return "text/plain" if _is_text(head) else UNKNOWN


def served_as(sniffed: str, named: str) -> str:
    """The kind that is told to who gets the content: what it is, or what it is called when that is a kind of the same."""
    if sniffed == "application/zip" and named in _ZIPS:
        return named
    return sniffed if sniffed in SAFE else UNKNOWN


def _is_text(head: bytes) -> bool:
    """Whether it is UTF-8 without control characters; the last character may be cut off."""
    if not head or any(byte < 32 and byte not in b"\t\n\r\f" for byte in head):
        return False
    for cut in range(4):
        try:
            head[: len(head) - cut].decode()
        except UnicodeDecodeError:
            continue
        return True
    return False
