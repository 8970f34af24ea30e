"""Files of any other source: columns recognised by their usual names."""
