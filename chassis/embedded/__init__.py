"""PostgreSQL and NATS as child processes, for `meent up`, the demo and the tests.

Production uses the same two by DSN.
"""
