"""What is excepted of the checks of schemathesis: exceptions.tsv, and nothing else.

Each row says of which operations (`*`: of all), which check, what the answer was, as a pattern that is looked for in its status, reason,
place and words, whether a small run needs it (`small`) or a full one alone (`full`), and the rule that makes it so. Rows that were
needed are written down; run.sh fails where one was not.
"""

import csv
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path

import schemathesis

HERE = Path(__file__).parent
USED = Path(os.environ["ENGAGE_EXCEPTIONS_USED"])


@dataclass(frozen=True)
class Excepted:
    row: str
    operations: re.Pattern
    check: str
    answer: re.Pattern


def rows():
    lines = (HERE / "exceptions.tsv").read_text().splitlines()[1:]
    for row, (operations, check, answer, _, rule) in zip(lines, csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)):
        assert rule, f"no rule is named: {row}"
        yield Excepted(row, re.compile(operations.replace("*", ".*")), check, re.compile(answer))


EXCEPTIONS = list(rows())


def told(response):
    """What an answer says, in one line: status, reason, place, words; which methods there are; what was asked."""
    try:
        refused = json.loads(response.content)
        details = refused["details"]
        words = refused["message"].removeprefix(f"`{details.get('field')}`: ")
        said = [details.get("reason", "-"), details.get("field", "-"), words]
    except (ValueError, KeyError, TypeError):
        said = []
    query = response.request.url.partition("?")
    return " ".join([str(response.status_code), *said, *response.headers.get("allow", []), "".join(query[1:])])


@schemathesis.hook
def filter_failure(context, failure, case, response):
    answer = told(response)
    operation = case.operation.definition.raw.get("operationId", "")
    for one in EXCEPTIONS:
        if one.operations.fullmatch(operation) and one.check in failure.checks and one.answer.search(answer):
            with USED.open("a") as used:
                used.write(one.row + "\n")
            return False
    return True
