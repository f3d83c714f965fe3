"""Persons and organisations the municipality deals with, and the verhuizing that must reach every afdeling."""
