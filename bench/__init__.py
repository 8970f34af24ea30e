"""Benchmarks. They print ratios against a plain, hand-written way of doing the same on the same machine; none of them is a test."""
