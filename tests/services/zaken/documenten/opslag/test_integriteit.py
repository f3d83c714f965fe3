"""Checksums: the known values of the algorithms that are verified, and which are not."""

import pytest

from services.zaken.documenten.opslag.integriteit import checksum_for, equal

ABC = {
    "md5": "900150983cd24fb0d6963f7d28e17f72",
    "sha_1": "a9993e364706816aba3e25717850c26c9cd0d89d",
    "sha_256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    "sha_3": "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532",
    "crc_32": "352441c2",
}


@pytest.mark.parametrize("algoritme", sorted(ABC))
def test_known_values(algoritme: str) -> None:
    for content, right in ((b"abc", True), (b"abd", False)):
        checksum = checksum_for(algoritme, ABC[algoritme])
        assert checksum is not None
        checksum.update(content)
        assert equal(checksum, ABC[algoritme].upper()) is right


@pytest.mark.parametrize("algoritme", ["", "hmac", "crc_16", "crc_64", "fletcher_4", "fletcher_32"])
def test_what_is_not_well_defined_is_not_verified(algoritme: str) -> None:
    assert checksum_for(algoritme, "x") is None
