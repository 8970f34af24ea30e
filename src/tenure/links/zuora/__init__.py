"""Zuora: its objects in our words."""
