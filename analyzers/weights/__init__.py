"""The files of the models: which there are, where they come from, whether they are here, and whether they are right.

Begin with `weights.toml`, the manifest; `store.py` finds files, `download.py` fetches them. Imports no analyzer.
"""
