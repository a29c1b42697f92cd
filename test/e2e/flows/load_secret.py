"""Says how long a secret is, by the name that it is saved under."""

import sys

from prefect.blocks.system import Secret

print(f"the secret has {len(Secret.load(sys.argv[1]).get())} characters")
