"""Meldingen openbare ruimte: what residents report, which ploeg must act on it, and what became of it."""
