"""Runs the checks of scim2-tester on one service, through the client that scim2-cli makes, and judges every answer.

    judge.py SERVICE      SCIM_CLI_URL and SCIM_CLI_HEADERS say where, as for the command `scim2`

Anything but a success fails the run: what is skipped too, for a check that nobody made proves nothing. There are no exceptions.
"""

import collections
import os
import sys

from httpx2 import Client
from scim2_cli.utils import split_headers
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server

# What a run has at least: users and groups, each made, read, asked for in part, replaced, patched and deleted.
FEWEST = 100
GOOD = {Status.SUCCESS, Status.COMPLIANT, Status.ACCEPTABLE}


def main() -> int:
    (service,) = sys.argv[1:]
    with Client(base_url=os.environ["SCIM_CLI_URL"], headers=split_headers([os.environ["SCIM_CLI_HEADERS"]])) as http:
        client = SyncSCIMClient(http, check_response_status_codes=True, check_response_content_type=True)
        results = check_server(client)
    wrong = [result for result in results if result.status not in GOOD]
    for result in wrong:
        name = f"{result.resource_type or 'service'}: {result.title}: {result.reason}"
        print(f"{service}: {result.status.name} {name}\n    {result.data}", file=sys.stderr)
    counted = collections.Counter(result.status.name for result in results)
    print(f"{service}: {len(results)} checks, {dict(counted)}")
    if len(results) < FEWEST:
        print(f"{service}: fewer checks than {FEWEST} were made", file=sys.stderr)
        return 1
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
