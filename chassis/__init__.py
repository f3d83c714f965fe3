"""The shared library of every service: how a request, a row and an event are handled, and no noun of any register."""
