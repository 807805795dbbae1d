"""The operations an expression may use: a closed list, so that text can never become code."""

from __future__ import annotations

from enum import Enum


class Op(Enum):
    """One operation; the value is the name a message shows."""

    CONST = "constant"
    SYMBOL = "symbol"
    ADD = "+"
    SUB = "-"
    MUL = "*"
    DIV = "/"
    NEG = "negation"
    POW = "pow"
    EXP = "exp"
    LOG = "ln"
    EXPM1 = "expm1"
    LOG1P = "log1p"
    SIN = "sin"
    COS = "cos"
    ATAN = "arctan"
    SQRT = "sqrt"
    ABS = "abs"
    FLOOR = "floor"
    MIN = "min"
    MAX = "max"
    LT = "<"
    LE = "<="
    EQ = "=="
    AND = "and"
    OR = "or"
    NOT = "not"
    SELECT = "piecewise"

    # there is one of each, and that of Enum, in Python, is asked a million times where a large model is differentiated
    __hash__ = object.__hash__


#: Operations whose result is a truth value; all others give a real number.
BOOLEAN = frozenset({Op.LT, Op.LE, Op.EQ, Op.AND, Op.OR, Op.NOT})
#: Operations that take truth values only.
LOGICAL = frozenset({Op.AND, Op.OR, Op.NOT})
