"""Settings of the Prefect that is watched; they are read on import, so this module comes before any of Prefect's."""

import logging
import os
import shutil
import tempfile
from pathlib import Path

logging.disable(logging.CRITICAL)

# In memory where the system has such a folder: the database is put back after every write.
HOME = Path(tempfile.mkdtemp(prefix="prefect-effects-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
DATABASE = HOME / "prefect.db"

# Their loops would write whenever they like. What they do on their own is no effect of a request.
LOOPS = ["SCHEDULER", "LATE_RUNS", "PAUSE_EXPIRATIONS", "CANCELLATION_CLEANUP", "FOREMAN", "FLOW_RUN_NOTIFICATIONS", "REPOSSESSOR", "EVENT_LOGGER"]

os.environ.update(
    PREFECT_HOME=str(HOME),
    PREFECT_API_DATABASE_CONNECTION_URL=f"sqlite+aiosqlite:///{DATABASE}",
    PREFECT_SERVER_ANALYTICS_ENABLED="false",
    DO_NOT_TRACK="1",
    PREFECT_UI_ENABLED="false",
    PREFECT_API_KEY="canary-setting-b083",
    PREFECT_API_BLOCKS_REGISTER_ON_START="false",
    PREFECT_EXPERIMENTAL_EVENTS="true",
    PREFECT_API_ENABLE_METRICS="true",
    PREFECT_SERVER_METRICS_ENABLED="true",
    PREFECT_API_SERVICES_EVENT_PERSISTER_BATCH_SIZE="1",
    PREFECT_DEPLOYMENT_SCHEDULE_MAX_SCHEDULED_RUNS="3",
    **{f"PREFECT_API_SERVICES_{name}_ENABLED": "false" for name in LOOPS},
)


def remove_home() -> None:
    shutil.rmtree(HOME, ignore_errors=True)
