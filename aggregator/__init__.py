"""Joins what the analyzers found, and says what is worth roasting about it."""
