"""The service zaken: the ZGW registers, in one database."""
