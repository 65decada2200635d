"""OData filters as the Dataverse adapter writes them, read by `odata-query`.

Usage: odata.py CASES.jsonl

For each filter: the parser reads it, its texts are exactly the texts put in, its columns are columns of the fields, and it
holds for exactly the rows that the condition holds for. Not covered: filters with `Microsoft.Dynamics.CRM.In` and its like,
whose JSON lists this parser does not know; odata.mjs reads those with another.
"""

import json
import re
import sys
from collections import Counter
from datetime import datetime, timezone
from decimal import Decimal
from urllib.parse import parse_qsl, urlsplit

from meaning import fold, holds, plain, texts, value
from odata_query import ast
from odata_query.grammar import ODataLexer, ODataParser

COMPARE = {
    ast.Eq: lambda a, b: a == b,
    ast.NotEq: lambda a, b: a != b,
    ast.Lt: lambda a, b: a < b,
    ast.LtE: lambda a, b: a <= b,
    ast.Gt: lambda a, b: a > b,
    ast.GtE: lambda a, b: a >= b,
}


def targets(request):
    """The addresses of a request: its own, or those in the body of a batch."""
    if request["method"] == "GET":
        return [request["target"]]
    lines = request["body"].split("\r\n")
    return [line.split(" ")[1] for line in lines if line.startswith("GET ")]


def option(target, name):
    """The value of one query option; None where there is none. Any option but ours is an escape."""
    pairs = parse_qsl(urlsplit(target).query, keep_blank_values=True, strict_parsing=True)
    names = [key for key, _ in pairs]
    assert len(names) == len(set(names)) and set(names) <= {"$select", "$filter", "$orderby"}, names
    return dict(pairs).get(name)


class Reader:
    """One filter, over rows."""

    def __init__(self, fields, text):
        self.columns = {wire: name for name, facts in fields.items() for wire in facts["wire"]}
        self.tree = ODataParser().parse(ODataLexer().tokenize(text))
        self.texts = set()
        self.read(self.tree, {})

    def holds(self, row):
        return self.read(self.tree, row) is True

    def read(self, node, row):
        """True, False, or None for unknown: a comparison with null is neither."""
        match node:
            case ast.BoolOp():
                left, right = self.read(node.left, row), self.read(node.right, row)
                if isinstance(node.op, ast.And):
                    return False if False in (left, right) else None if None in (left, right) else True
                return True if True in (left, right) else None if None in (left, right) else False
            case ast.UnaryOp(op=ast.Not()):
                inner = self.read(node.operand, row)
                return None if inner is None else not inner
            case ast.Compare():
                return self.compare(node, row)
            case ast.Call(func=ast.Identifier(namespace=())):
                return self.call(node, row)
        raise AssertionError(f"unexpected {type(node).__name__}")

    def compare(self, node, row):
        cell = self.cell(node.left, row)
        if isinstance(node.right, ast.Null):
            return (cell is None) == isinstance(node.comparator, ast.Eq)
        operand = self.literal(node.right)
        return None if cell is None else COMPARE[type(node.comparator)](cell, operand)

    def call(self, node, row):
        name, (column, pattern) = node.func.name, node.args
        cell, part = self.cell(column, row), fold(self.literal(pattern, plain))
        if cell is None:
            return None
        return {"contains": part in cell, "startswith": cell.startswith(part), "endswith": cell.endswith(part)}[name]

    def cell(self, node, row):
        assert isinstance(node, ast.Identifier) and node.namespace == (), node
        return value(row.get(self.columns[node.name]))

    def literal(self, node, read=lambda text: text):
        match node:
            case ast.String():
                text = read(node.val)
                self.texts.add(text)
                return fold(text)
            case ast.GUID():
                return fold(node.val)
            case ast.Integer() | ast.Float():
                return Decimal(node.val)
            case ast.Boolean():
                return node.val == "true"
            case ast.DateTime():
                return int(datetime.fromisoformat(node.val).astimezone(timezone.utc).timestamp())
        raise AssertionError(f"unexpected {type(node).__name__}")


QUOTED = re.compile("'(?:[^']|'')*'")


def has_list(condition):
    ((kind, inner),) = condition.items()
    if kind in ("and", "or"):
        return any(map(has_list, inner))
    return has_list(inner) if kind == "not" else inner["operator"] in ("In", "NotIn")


def main(path):
    done, fields = Counter(), {}
    for line in open(path, encoding="utf-8"):
        case = json.loads(line)
        if case["crm"] != "dataverse":
            continue
        if "fields" in case:
            fields = case["fields"]
            continue
        if case.get("fetch"):
            continue
        addresses = targets(case["request"])
        assert len(addresses) == len(case["queries"]), case["request"]
        for address, query in zip(addresses, case["queries"]):
            text = option(address, "$filter")
            if has_list(query["condition"]) and "Microsoft.Dynamics.CRM." in QUOTED.sub("", text):
                done["with functions of Dataverse, left to odata.mjs"] += 1
                continue
            reader = Reader(fields, text)
            assert reader.texts == texts(query["condition"]), (text, query["condition"])
            for row in query["rows"]:
                assert reader.holds(row) == holds(query["condition"], row), (text, query["condition"], row)
                done["rows"] += 1
            done["filters"] += 1
    assert done["filters"] > 500, done
    print("odata-query:", ", ".join(f"{number} {what}" for what, number in done.items()))


main(sys.argv[1])
