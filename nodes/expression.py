"""Formulas as users type them: arithmetic, comparisons and a few functions. Nothing else can be said in one."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any, Final

from graph.errors import UserError

# Powers and products are held to numbers of this many bits, so that no formula eats the machine.
BITS_MAX: Final = 4096
LENGTH_MAX: Final = 10_000
DEPTH_MAX: Final = 100

FUNCTIONS: Final[Mapping[str, Callable[..., Any]]] = {
    "sum": lambda *values: sum(_spread(values)),
    "min": lambda *values: min(_spread(values)),
    "max": lambda *values: max(_spread(values)),
    "abs": abs,
    "round": round,
    "pow": lambda base, exponent: _power(base, exponent),
    "sqrt": math.sqrt,
    "ceil": math.ceil,
    "floor": math.floor,
    "log": math.log,
    "log2": math.log2,
    "log10": math.log10,
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "int": int,
    "float": float,
}
CONSTANTS: Final[Mapping[str, Any]] = {"pi": math.pi, "e": math.e}

_OPERATORS: Final[Mapping[type[ast.operator], Callable[[Any, Any], Any]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: lambda a, b: _times(a, b),
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: lambda a, b: _power(a, b),
    ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_,
    ast.BitXor: operator.xor,
    ast.LShift: lambda a, b: _shift(a, b),
    ast.RShift: operator.rshift,
}
_SIGNS: Final[Mapping[type[ast.unaryop], Callable[[Any], Any]]] = {
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
    ast.Not: operator.not_,
    ast.Invert: operator.invert,
}
_COMPARISONS: Final[Mapping[type[ast.cmpop], Callable[[Any, Any], bool]]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


def evaluate(expression: str, values: Mapping[str, float]) -> float:
    """What a formula comes to, an int, float or bool. ``values``: the names it may use; ``values`` itself lists them.

    Raises UserError, naming what in the formula cannot be understood or computed.
    """
    tree = _parse(expression)
    names = {**CONSTANTS, **values, "values": list(values.values())}
    try:
        result = _value(tree.body, names)
    except ZeroDivisionError as error:
        raise UserError(f"'{expression}' divides by zero.") from error
    except (ArithmeticError, LookupError, ValueError, TypeError) as error:
        raise UserError(f"'{expression}' cannot be computed: {error}.") from error
    if not isinstance(result, int | float):
        raise UserError(f"'{expression}' gives no number. Use sum, min or max to make one of a list.")
    if isinstance(result, float) and not math.isfinite(result):
        raise UserError(f"'{expression}' gives {result}, which no input can use.")
    return result


def _parse(expression: str) -> ast.Expression:
    if not expression.strip():
        raise UserError("The expression is empty. Write a formula, such as a + b.")
    if len(expression) > LENGTH_MAX:
        raise UserError(f"The expression has {len(expression)} characters; it may have {LENGTH_MAX}.")
    try:
        tree = ast.parse(" ".join(expression.split()), mode="eval")
        is_deep = _depth(tree) > DEPTH_MAX
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        reason = error.msg if isinstance(error, SyntaxError) else "it cannot be read"
        raise UserError(f"'{expression}' is no formula: {reason}.") from error
    if is_deep:
        raise UserError(f"The expression is nested more than {DEPTH_MAX} deep. Split it over several nodes.")
    return tree


def _depth(tree: ast.AST) -> int:
    depth, level = 0, [tree]
    while level:
        depth, level = depth + 1, [child for part in level for child in ast.iter_child_nodes(part)]
    return depth


def _value(part: ast.expr, names: Mapping[str, Any]) -> Any:
    match part:
        case ast.Constant(value=bool() | int() | float() as number):
            return number
        case ast.Name(id=name):
            return _look_up(name, names)
        case ast.UnaryOp(op=sign, operand=operand):
            return _SIGNS[type(sign)](_value(operand, names))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return _OPERATORS[type(op)](_number(left, names), _number(right, names))
        case ast.BoolOp(op=ast.And(), values=parts):
            return _first(parts, names, stops_at=False)
        case ast.BoolOp(values=parts):
            return _first(parts, names, stops_at=True)
        case ast.IfExp(test=test, body=body, orelse=otherwise):
            return _value(body if _value(test, names) else otherwise, names)
        case ast.Compare(left=left, ops=ops, comparators=others) if all(type(op) in _COMPARISONS for op in ops):
            return _compare(left, ops, others, names)
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
            return _call(name, [_value(argument, names) for argument in arguments])
        case ast.Subscript(value=ast.Name(id="values"), slice=index):
            return names["values"][_value(index, names)]
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return [_value(item, names) for item in items]
        case _:
            raise UserError(f"'{ast.unparse(part)}' cannot stand in a formula. It may hold numbers, names, operators "
                            f"and the functions {', '.join(FUNCTIONS)}.")  # fmt: skip


def _number(part: ast.expr, names: Mapping[str, Any]) -> Any:
    value = _value(part, names)
    if not isinstance(value, int | float):
        raise UserError(f"'{ast.unparse(part)}' is a list, where a number is needed.")
    return value


def _look_up(name: str, names: Mapping[str, Any]) -> Any:
    if name in names:
        return names[name]
    linked = ", ".join(n for n in names if n not in CONSTANTS and n != "values") or "none"
    raise UserError(f"The expression names {name}, which is not linked; linked: {linked}.")


def _first(parts: list[ast.expr], names: Mapping[str, Any], *, stops_at: bool) -> Any:
    """The first value that is true (``or``) or false (``and``), else the last; what follows is not computed."""
    value: Any = not stops_at
    for part in parts:
        value = _value(part, names)
        if bool(value) is stops_at:
            break
    return value


def _compare(left: ast.expr, ops: list[ast.cmpop], others: list[ast.expr], names: Mapping[str, Any]) -> bool:
    """``a < b < c`` holds if each pair does."""
    here = _number(left, names)
    for op, other in zip(ops, others, strict=True):
        there = _number(other, names)
        if not _COMPARISONS[type(op)](here, there):
            return False
        here = there
    return True


def _call(name: str, arguments: list[Any]) -> Any:
    if name not in FUNCTIONS:
        raise UserError(f"There is no function {name}. There are {', '.join(FUNCTIONS)}.")
    return FUNCTIONS[name](*arguments)


def _spread(values: tuple[Any, ...]) -> list[Any]:
    return list(values[0]) if len(values) == 1 and isinstance(values[0], list) else list(values)


def _times(a: Any, b: Any) -> Any:
    if isinstance(a, int) and isinstance(b, int) and a.bit_length() + b.bit_length() > BITS_MAX:
        raise OverflowError("the number is too large")
    return a * b


def _power(base: Any, exponent: Any) -> Any:
    if isinstance(base, int) and isinstance(exponent, int) and base.bit_length() * abs(exponent) > BITS_MAX:
        raise OverflowError("the number is too large")
    result = base**exponent
    if isinstance(result, complex):
        raise ValueError("a root of a negative number")
    return result


def _shift(a: int, b: int) -> int:
    if b > BITS_MAX:
        raise OverflowError("the number is too large")
    return a << b
