"""`python -m gateway.schema > openapi.json` prints the schema that the page's types are made from; no server needed."""

from __future__ import annotations

import json
import sys

from bus.settings import Settings
from gateway.app import create_app

if __name__ == "__main__":
    json.dump(create_app(Settings()).openapi(), sys.stdout, indent=2, sort_keys=True)
    sys.stdout.write("\n")
