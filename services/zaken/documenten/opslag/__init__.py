"""The content of documents: kept encrypted in a folder or an S3-compatible store, written before its rows, read in parts.

A version has a `bestand`, which is its segments one after the other: one when the content came in a body, one for each
bestandsdeel. A segment is one object in the store, under its id, encrypted with a key of its own, which is sealed in its
row. So content without a row is noise, and unlocking a document joins nothing.

Order: the object is there, whole and synced, before its row; a row goes before its object. What a crash leaves between
the two is an object without a row, which `sweeping.py` removes.
"""
