"""All writes: verb functions, one transaction, one Event each."""
