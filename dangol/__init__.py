"""Dangol: a customer data platform in code."""
