"""Turns cues into words."""
