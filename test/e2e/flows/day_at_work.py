"""What a run may need of the API: logs, an artifact, a variable, a secret, a tag with a limit, a subflow; or time, to be cancelled in."""

import time

from prefect import flow, get_run_logger, task
from prefect.artifacts import create_markdown_artifact
from prefect.blocks.system import Secret
from prefect.variables import Variable


@task(tags=["database"])
def limited(number: int) -> int:
    return number + 1


@flow
def subflow(number: int) -> int:
    return limited(number)


@flow(log_prints=True)
def day_at_work(seconds: int = 0) -> None:
    logger = get_run_logger()
    logger.info("the day begins in %s", Variable.get("city"))
    print(f"the secret has {len(Secret.load('vault').get())} characters")
    result = subflow(limited(1))
    create_markdown_artifact(key="report", markdown=f"The result is {result}")
    for _ in range(seconds):
        time.sleep(1)


if __name__ == "__main__":
    day_at_work.serve(name="served")
