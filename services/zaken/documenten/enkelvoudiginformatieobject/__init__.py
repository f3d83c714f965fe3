"""Enkelvoudiginformatieobjecten: the documents themselves."""
