"""Salesforce: its objects in our words."""
