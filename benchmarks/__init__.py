"""Measurements, each comparing two things in one run. `make bench` runs them all."""
