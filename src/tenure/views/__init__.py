"""HTML over HTTP: parse, one query or one action, render."""
