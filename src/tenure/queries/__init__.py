"""All reads across rows."""
