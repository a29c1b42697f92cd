"""Saves a secret under each of the names."""

import sys

from prefect.blocks.system import Secret

for name in sys.argv[1:]:
    Secret(value="rosebud").save(name, overwrite=True)
