"""Tenure runs a company's customer-success handbook."""
