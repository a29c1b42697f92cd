"""Saves what day_at_work.py reads."""

from prefect.blocks.system import Secret
from prefect.variables import Variable

Variable.set("city", "Paris", overwrite=True)
Secret(value="rosebud").save("vault", overwrite=True)
