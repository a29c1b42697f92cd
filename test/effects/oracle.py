"""Drives every route of the installed Prefect, and says by route and field what it does beyond what the route does anyway.

    <venv>/bin/python test/effects/oracle.py --out effects.json [--only REGEX] [--pairs REGEX]
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
    parser.add_argument("--only", default="", help="which routes are driven, as `METHOD path`")
    parser.add_argument("--pairs", help="for which of these two fields at a time are tried as well; an empty text for all")
    return parser.parse_args()


async def run(arguments):
    from survey import survey

    return await survey(arguments.out, re.compile(arguments.only), None if arguments.pairs is None else re.compile(arguments.pairs))


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
