"""Drives every route of the installed Prefect, and says by route and field what it does beyond what the route does anyway.

    <venv>/bin/python test/effects/oracle.py --out effects.json [--only REGEX] [--pairs]
"""

import argparse
import asyncio
import os
import re
import sys
import time
import traceback

import settings


def read_arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--only", default="")
    parser.add_argument("--pairs", action="store_true")
    return parser.parse_args()


async def run(arguments):
    from survey import survey

    return await survey(arguments, re.compile(arguments.only))


async def main():
    """Ends the process itself: Prefect's background services do not stop when they are told to."""
    status = 1
    try:
        await run(read_arguments())
        status = 0
    except SystemExit as end:
        status = end.code
    except BaseException:
        traceback.print_exc()
    finally:
        settings.remove_home()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    asyncio.run(main())
