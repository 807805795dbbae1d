"""Changes of an XML document: elements gone, twice, elsewhere or renamed, attributes, depth, MathML, entities."""

from __future__ import annotations

import copy
import random
import xml.etree.ElementTree as Tree

from fuzz.mutate import NUMBERS, WORDS

_MATH = "http://www.w3.org/1998/Math/MathML"
_OPERATORS = (
    "plus", "minus", "times", "divide", "power", "root", "abs", "exp", "ln", "log", "floor", "ceiling", "factorial",
    "sin", "arccsch", "eq", "neq", "gt", "lt", "geq", "leq", "and", "or", "xor", "not", "quotient", "rem", "max",
    "min", "implies", "diff", "int", "sum", "piecewise", "piece", "otherwise", "lambda", "bvar", "degree", "logbase",
    "semantics", "annotation-xml", "infinity", "notanumber", "pi", "exponentiale", "true", "csymbol", "matrix",
    "interval", "cn", "ci", "sep", "apply", "math",
)  # fmt: skip
#: Elements that a change adds at most, about.
_MOST = 5_000
_HEADS = (
    '<!DOCTYPE a [<!ENTITY b "cccccccccc">]>',
    '<!DOCTYPE a [<!ENTITY a "x"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>',
    '<!DOCTYPE a [<!ENTITY b SYSTEM "canary.txt">]>',
    '<!DOCTYPE a SYSTEM "canary.txt">',
    '<!DOCTYPE a [<!ENTITY % b SYSTEM "file:canary.txt"> %b;]>',
    '<?xml-stylesheet href="canary.txt"?>',
    '<?xml version="1.0" encoding="UTF-16"?>',
    '<?xml version="1.1"?>',
    "<!-- -- -->",
)


def change_xml(text: str, chance: random.Random) -> str:
    """Change an XML text as a tree, and one in ten of them in its head."""
    declared, _, rest = text.partition("?>") if text.startswith("<?xml") else ("", "", text)
    root = Tree.fromstring(rest)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 5))):
        pairs = [(parent, child) for parent in root.iter() for child in parent]
        if not pairs:
            break
        chance.choice(_WAYS)(*chance.choice(pairs), chance, pairs)
    head = chance.choice(_HEADS) if chance.random() < 0.1 else ""
    changed = head + Tree.tostring(root, encoding="unicode")
    if head and chance.random() < 0.5:
        changed = changed.replace(">", ">&b;", 1)
    return (f"{declared}?>" if declared and not head.startswith("<?xml ") else "") + changed


Pairs = list[tuple[Tree.Element, Tree.Element]]


def _gone(parent: Tree.Element, child: Tree.Element, _: random.Random, __: Pairs) -> None:
    parent.remove(child)


def _again(parent: Tree.Element, child: Tree.Element, chance: random.Random, _: Pairs) -> None:
    times = min(chance.choice((1, 1, 2, 100)), _MOST // sum(1 for _ in child.iter()))
    parent.extend([copy.deepcopy(child) for _ in range(times)])


def _moved(_: Tree.Element, child: Tree.Element, chance: random.Random, pairs: Pairs) -> None:
    other = chance.choice(pairs)[1]
    other.append(copy.deepcopy(child))


def _renamed(_: Tree.Element, child: Tree.Element, chance: random.Random, pairs: Pairs) -> None:
    if chance.random() < 0.5:
        child.tag = f"{{{_MATH}}}{chance.choice(_OPERATORS)}"
    else:
        child.tag = chance.choice(pairs)[1].tag


def _attribute(_: Tree.Element, child: Tree.Element, chance: random.Random, pairs: Pairs) -> None:
    kind = chance.randrange(5)
    if kind == 0 and child.attrib:
        del child.attrib[chance.choice(list(child.attrib))]
    elif kind == 1 and child.attrib:
        child.attrib[chance.choice(list(child.attrib))] = chance.choice(NUMBERS)
    elif kind == 2 and child.attrib:
        donors = [value for _, other in pairs for value in other.attrib.values()]
        child.attrib[chance.choice(list(child.attrib))] = chance.choice(donors or ["a"])
    elif kind == 3:
        child.attrib.update({f"a{k}": "b" for k in range(chance.choice((1, 50, 3000)))})
    elif child.attrib:
        child.attrib[chance.choice(list(child.attrib))] = chance.choice(WORDS).replace("\0", "")


def _said(_: Tree.Element, child: Tree.Element, chance: random.Random, __: Pairs) -> None:
    child.text = chance.choice((*NUMBERS, *WORDS, "k", "time", "drug")).replace("\0", "")


def _deep(parent: Tree.Element, child: Tree.Element, chance: random.Random, _: Pairs) -> None:
    own, name = copy.deepcopy(child), chance.choice((child.tag, f"{{{_MATH}}}apply", "a"))
    for _ in range(chance.choice((1, 3, 90, 199, 250))):
        outer = Tree.Element(name)
        if name.endswith("apply"):
            Tree.SubElement(outer, f"{{{_MATH}}}{chance.choice(_OPERATORS[:12])}")
        outer.append(own)
        own = outer
    parent.append(own)


_WAYS = (_gone, _again, _moved, _renamed, _attribute, _attribute, _attribute, _said, _said, _deep)
