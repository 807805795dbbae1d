"""Formulas of the model text as MathML that browsers draw themselves."""

from __future__ import annotations

from html import escape
from typing import Any

import libsbml

_BINARY = {libsbml.AST_PLUS: ("+", 1), libsbml.AST_MINUS: ("−", 1), libsbml.AST_TIMES: ("·", 2)}
_COMPARED = {
    libsbml.AST_RELATIONAL_LT: "<",
    libsbml.AST_RELATIONAL_GT: ">",
    libsbml.AST_RELATIONAL_LEQ: "≤",
    libsbml.AST_RELATIONAL_GEQ: "≥",
    libsbml.AST_RELATIONAL_EQ: "=",
    libsbml.AST_RELATIONAL_NEQ: "≠",
    libsbml.AST_LOGICAL_AND: "and",
    libsbml.AST_LOGICAL_OR: "or",
}
_TIGHT = 9


def name(text: str) -> str:
    """Return an id as one upright word."""
    return f'<mi mathvariant="normal">{escape(text)}</mi>'


def equation(left: str, right: str) -> str:
    """Return one equation on a line of its own."""
    return f'<div class="equation"><math displaystyle="true"><mrow>{left}<mo>=</mo>{right}</mrow></math></div>'


def rate(quantity: str) -> str:
    """Return the derivative of a quantity in time."""
    small = '<mi mathvariant="normal">d</mi>'
    return f'<mfrac><mrow>{small}<mspace width="0.2em"/>{name(quantity)}</mrow><mrow>{small}<mi>t</mi></mrow></mfrac>'


def formula(tree: Any, around: int = 0) -> str:
    """Return a syntax tree of libSBML, in brackets where what stands `around` it binds more strongly."""
    kind = tree.getType()
    parts = [tree.getChild(k) for k in range(tree.getNumChildren())]
    if kind in (libsbml.AST_PLUS, libsbml.AST_TIMES, libsbml.AST_MINUS):
        return _chain(kind, parts, around)
    if kind == libsbml.AST_DIVIDE:
        return f"<mfrac><mrow>{formula(parts[0])}</mrow><mrow>{formula(parts[1])}</mrow></mfrac>"
    if kind in (libsbml.AST_POWER, libsbml.AST_FUNCTION_POWER):
        return f"<msup><mrow>{formula(parts[0], _TIGHT)}</mrow><mrow>{formula(parts[1])}</mrow></msup>"
    if kind == libsbml.AST_FUNCTION_ROOT:
        return f"<msqrt>{formula(parts[-1])}</msqrt>"
    if kind == libsbml.AST_FUNCTION_PIECEWISE:
        return _cases(parts)
    if kind in _COMPARED:
        sign = f"<mo>{escape(_COMPARED[kind])}</mo>"
        return _bracket(sign.join(formula(part, 1) for part in parts), bool(around))
    if kind == libsbml.AST_NAME_TIME:
        return "<mi>t</mi>"
    if tree.isNumber():
        return _number(tree)
    if not parts:
        return name(tree.getName() or libsbml.formulaToL3String(tree))
    called = tree.getName() or libsbml.formulaToL3String(tree).partition("(")[0]
    inside = "<mo>,</mo>".join(formula(part) for part in parts)
    return f"<mrow>{name(called)}<mo>(</mo>{inside}<mo>)</mo></mrow>"


def _chain(kind: int, parts: list[Any], around: int) -> str:
    sign, strength = _BINARY[kind]
    if not parts:
        return f"<mn>{int(kind == libsbml.AST_TIMES)}</mn>"
    if len(parts) == 1:
        text = formula(parts[0], 2)
        return _bracket(f"<mo>−</mo>{text}", around > 1) if kind == libsbml.AST_MINUS else text
    # what is taken away keeps its brackets: a - (b + c)
    texts = [formula(part, strength + (kind == libsbml.AST_MINUS and k > 0)) for k, part in enumerate(parts)]
    return _bracket(f"<mo>{sign}</mo>".join(texts), around > strength)


def _bracket(text: str, wanted: bool) -> str:
    return f"<mrow><mo>(</mo>{text}<mo>)</mo></mrow>" if wanted else f"<mrow>{text}</mrow>"


def _cases(parts: list[Any]) -> str:
    rows = [
        f"<mtr><mtd>{formula(value)}</mtd><mtd><mtext>if </mtext>{formula(when)}</mtd></mtr>"
        for value, when in zip(parts[0:-1:2], parts[1::2], strict=True)
    ]
    if len(parts) % 2:
        rows.append(f"<mtr><mtd>{formula(parts[-1])}</mtd><mtd><mtext>otherwise</mtext></mtd></mtr>")
    return f"<mrow><mo>{{</mo><mtable columnalign='left left'>{''.join(rows)}</mtable></mrow>"


def _number(tree: Any) -> str:
    value = tree.getValue()
    text = f"{value:.12g}"
    if "e" not in text:
        return f"<mn>{text}</mn>"
    digits, _, power = text.partition("e")
    tail = f"<msup><mn>10</mn><mn>{int(power)}</mn></msup>"
    return tail if digits == "1" else f"<mrow><mn>{digits}</mn><mo>·</mo>{tail}</mrow>"
