"""`python -m meent`."""

from meent.cli import main

main()
