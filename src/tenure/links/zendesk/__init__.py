"""Zendesk: its objects in our words."""
