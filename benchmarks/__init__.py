"""What `make bench` runs: each module with a `run` function is one benchmark, named after its module."""
