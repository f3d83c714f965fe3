"""The command line: start an installation, run one service, migrate, inspect events."""
