"""Pulls in the shared fixtures; nothing else."""

pytest_plugins = ["chassis.testing.plugin"]
