"""Joins as the Dataverse adapter writes them in FetchXML, read by the XML parser of Python.

Usage: fetch.py CASES.jsonl

For each query: it is one document of the elements and attributes that a query has, the texts in its filters are exactly the
texts put in, its columns are columns of the fields, and the filter of each table holds for exactly the rows that its condition
holds for. Where a text cannot stand in XML at all, the filter may let more through.
"""

import json
import sys
from collections import Counter
from datetime import datetime
from decimal import Decimal
from urllib.parse import parse_qsl, urlsplit
from xml.etree import ElementTree

from meaning import fold, holds, plain, texts, value

ATTRIBUTES = {
    "fetch": {"count", "page"},
    "entity": {"name"},
    "link-entity": {"name", "from", "to", "link-type", "alias"},
    "attribute": {"name"},
    "order": {"attribute"},
    "filter": {"type"},
    "condition": {"attribute", "operator", "value"},
    "value": set(),
}
COMPARE = {
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
}


def document(request):
    """The query of a request; any option beside it is an escape."""
    ((name, text),) = parse_qsl(urlsplit(request["target"]).query, keep_blank_values=True, strict_parsing=True)
    assert request["method"] == "GET" and name == "fetchXml", request
    root = ElementTree.fromstring(text)
    for element in root.iter():
        assert set(element.attrib) <= ATTRIBUTES[element.tag], ElementTree.tostring(element)
        assert element.tag == "value" or not (element.text or "").strip(), ElementTree.tostring(element)
        assert not (element.tail or "").strip(), ElementTree.tostring(element)
    assert root.tag == "fetch" and [child.tag for child in root] == ["entity"]
    return root[0]


class Reader:
    """The filter of one table, over rows."""

    def __init__(self, fields, table):
        self.columns = {wire: (name, facts["kind"]) for name, facts in fields.items() for wire in facts["wire"]}
        self.filters = table.findall("filter")
        assert len(self.filters) <= 1
        self.texts = set()
        self.holds({})

    def holds(self, row):
        return all(self.read(one, row) is True for one in self.filters)

    def read(self, element, row):
        """True, False, or None for unknown: a comparison with null is neither."""
        if element.tag == "condition":
            return self.condition(element, row)
        results = [self.read(child, row) for child in element]
        assert results and element.tag == "filter"
        if element.get("type") == "and":
            return False if False in results else None if None in results else True
        assert element.get("type") == "or"
        return True if True in results else None if None in results else False

    def condition(self, element, row):
        name, kind = self.columns[element.get("attribute")]
        cell, operator = value(row.get(name)), element.get("operator")
        written = [one.text or "" for one in element]
        if element.get("value") is not None:
            assert not written
            written = [element.get("value")]
        if operator in ("null", "not-null"):
            assert not written
            return (cell is None) == (operator == "null")
        if operator in ("like", "not-like"):
            found = self.like(written, cell)
        elif operator in ("in", "not-in"):
            operands = [self.operand(one, kind) for one in written]
            found = None if cell is None else cell in operands
        else:
            (one,) = written
            operand = self.operand(one, kind)
            return None if cell is None else COMPARE[operator](cell, operand)
        return found if found is None or not operator.startswith("not") else not found

    def like(self, written, cell):
        (pattern,) = written
        before, after = pattern.startswith("%"), pattern.endswith("%") and len(pattern) > 1
        text = plain(pattern[before : len(pattern) - after])
        self.texts.add(text)
        part = fold(text)
        if cell is None:
            return None
        if before and after:
            return part in cell
        return cell.endswith(part) if before else cell.startswith(part)

    def operand(self, text, kind):
        if kind == "String":
            self.texts.add(text)
        if kind == "Boolean":
            return {"1": True, "0": False}[text]
        if kind == "DateTime":
            return int(datetime.fromisoformat(text).timestamp())
        return Decimal(text) if kind in ("Int", "Decimal", "Choice") else fold(text)


def fits(text):
    """Whether XML 1.0 can hold a text."""
    return all(one in "\t\n\r" or " " <= one < "\ufffe" or one > "\uffff" for one in text)


def main(path):
    done, fields = Counter(), {}
    for line in open(path, encoding="utf-8"):
        case = json.loads(line)
        if case["crm"] == "dataverse" and "fields" in case:
            fields = case["fields"]
        if not case.get("fetch"):
            continue
        entity = document(case["request"])
        (link,) = entity.findall("link-entity")
        assert (link.get("from"), link.get("to"), link.findall("link-entity")) == ("name", "address1_city", [])
        for table, query in zip([entity, link], case["queries"], strict=True):
            reader, asked = Reader(fields, table), texts(query["condition"])
            exactly = all(map(fits, asked))
            assert reader.texts == asked if exactly else reader.texts <= asked, (case["request"], asked, reader.texts)
            for row in query["rows"]:
                found, wanted = reader.holds(row), holds(query["condition"], row)
                assert found == wanted if exactly else found or not wanted, (case["request"], query["condition"], row)
                done["rows"] += 1
            done["filters" if exactly else "filters wider than asked for"] += 1
        done["queries"] += 1
    assert done["filters"] > 500, done
    print("xml.etree:", ", ".join(f"{number} {what}" for what, number in done.items()))


main(sys.argv[1])
