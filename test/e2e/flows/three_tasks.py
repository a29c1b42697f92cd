"""Three tasks, the second of which fails at first and succeeds when it is retried."""

from prefect import flow, runtime, task


@task
def extract() -> int:
    return 20


@task(retries=1, retry_delay_seconds=0)
def transform(number: int) -> int:
    if runtime.task_run.run_count == 1:
        raise ValueError("the first attempt fails")
    return number + 1


@task
def load(number: int) -> int:
    return number * 2


@flow(log_prints=True)
def three_tasks() -> int:
    result = load(transform(extract()))
    print(f"the answer is {result}")
    return result


if __name__ == "__main__":
    three_tasks()
