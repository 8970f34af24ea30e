"""The outside: one folder per system."""
