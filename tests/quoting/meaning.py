"""What a condition means, worked out from its tree alone: no product code, no parser."""


def value(cell):
    """A cell of a row or an operand as something that compares; None is null."""
    if cell is None:
        return None
    ((kind, content),) = cell.items()
    if kind == "number":
        from decimal import Decimal

        return Decimal(content)
    return fold(content) if isinstance(content, str) else content


def fold(text):
    """Text as both CRMs compare it: case does not count."""
    return text.lower()


def holds(condition, row):
    """Whether a row meets a condition; two-valued, `NotEquals` and `NotIn` include null."""
    ((kind, inner),) = condition.items()
    if kind == "and":
        return all(holds(one, row) for one in inner)
    if kind == "or":
        return any(holds(one, row) for one in inner)
    if kind == "not":
        return not holds(inner, row)
    return test(inner["operator"], value(row.get(inner["field"])), [value(one) for one in inner["operands"]])


def test(operator, cell, operands):
    if operator == "IsNull":
        return cell is None
    if operator == "IsNotNull":
        return cell is not None
    if operator in ("NotEquals", "NotIn"):
        return cell not in operands
    if cell is None:
        return False
    one = operands[0] if operands else None
    return {
        "Equals": lambda: cell == one,
        "In": lambda: cell in operands,
        "Contains": lambda: one in cell,
        "StartsWith": lambda: cell.startswith(one),
        "EndsWith": lambda: cell.endswith(one),
        "GreaterThan": lambda: cell > one,
        "GreaterThanOrEqual": lambda: cell >= one,
        "LessThan": lambda: cell < one,
        "LessThanOrEqual": lambda: cell <= one,
    }[operator]()


def texts(condition):
    """The texts of a condition: what has to stand in the filter, character by character."""
    ((kind, inner),) = condition.items()
    if kind in ("and", "or"):
        return set().union(*map(texts, inner)) if inner else set()
    if kind == "not":
        return texts(inner)
    return {one["text"] for one in inner["operands"] if "text" in one}


def plain(pattern):
    """The text that a pattern means: every wildcard has to stand in brackets."""
    text, at = "", 0
    while at < len(pattern):
        if pattern[at] == "[":
            assert pattern[at + 1] in "%_[" and pattern[at + 2] == "]", pattern
            text, at = text + pattern[at + 1], at + 3
        else:
            assert pattern[at] not in "%_", pattern
            text, at = text + pattern[at], at + 1
    return text
