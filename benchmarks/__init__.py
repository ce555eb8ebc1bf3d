"""Benchmarks: how fast we are beside others, on the same data in the same run."""
