"""Puts plain ES modules into one script: a page that asks for nothing cannot load them one by one.

Every module becomes a function that runs once and returns what it exports, in the order in which they need each other.
Only the forms that the modules of this room use are understood; anything else is refused with file and line.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib.resources import files

from bimodal.errors import OutputError

_IMPORT = re.compile(r'^import \{([^}]*)\} from "\./([\w.-]+)\.js";\n?', re.MULTILINE)
_PASSED_ON = re.compile(r'^export \{([^}]*)\} from "\./([\w.-]+)\.js";\n?', re.MULTILINE)
_EXPORT = re.compile(r"^export ((?:async )?function\*? |class |const |let )(\w+)", re.MULTILINE)
_REFUSED = re.compile(r"^(import|export)\b|\bimport\s*\(|\bimport\.meta\b", re.MULTILINE)
#: Comments with lines of their own; a module has no text of several lines that could look like one.
_COMMENTS = re.compile(r"^[ \t]*(?://[^\n]*|/\*(?:[^*]|\*(?!/))*\*/)[ \t]*\n", re.MULTILINE)
#: Types in the midst of a line, and how far lines are moved in: for the people who read the modules.
_TYPES = re.compile(r"/\*\* @(?:type|param|returns|template|this)\b(?:[^*]|\*(?!/))*\*/ ?")
_INDENTED = re.compile(r"^[ \t]+", re.MULTILINE)
_NAME = re.compile(r"(\w+)(?: as (\w+))?$")


def read_data(name: str) -> str:
    """Return a text file of this room.

    Examples
    --------
    >>> read_data("engine.js").splitlines()[0]
    '// @ts-check'
    """
    return (files("bimodal.page") / "data" / name).read_text(encoding="utf-8")


def link(entry: str, read: Callable[[str], str] = read_data) -> str:
    r"""Write a module and all it imports as one script.

    Parameters
    ----------
    entry
        Name of the module that is run last.
    read
        Gives the text of a module by its file name.

    Raises
    ------
    OutputError
        A form of import or export that is not understood, or modules that need each other in a circle.

    Examples
    --------
    >>> texts = {"a.js": 'import { b } from "./b.js";\nconsole.log(b());\n', "b.js": "export function b() {}\n"}
    >>> print(link("a.js", texts.__getitem__))
    "use strict";
    const module_b = (() => {
    function b() {}
    return { b };
    })();
    const module_a = (() => {
    const { b } = module_b;
    console.log(b());
    return {  };
    })();
    <BLANKLINE>
    """
    order: list[str] = []
    written: dict[str, str] = {}
    _add(entry.removesuffix(".js"), read, order, written, ())
    return '"use strict";\n' + "".join(written[name] for name in order)


def _add(
    name: str, read: Callable[[str], str], order: list[str], written: dict[str, str], above: tuple[str, ...]
) -> None:
    if name in above:
        raise OutputError(f"modules need each other in a circle: {' -> '.join((*above, name))}", where=f"{name}.js")
    if name in written:
        return
    text = read(f"{name}.js")
    for pattern in (_IMPORT, _PASSED_ON):
        for _, other in pattern.findall(text):
            _add(other, read, order, written, (*above, name))
    exports = {found: found for _, found in _EXPORT.findall(text)}
    for names, other in _PASSED_ON.findall(text):
        exports |= {new: f"{_variable(other)}.{old}" for old, new in _names(names, name)}
    text = _PASSED_ON.sub("", text)
    text = _IMPORT.sub(lambda found: _taken(found.group(1), found.group(2), name), text)
    text = _EXPORT.sub(r"\1\2", text)
    if (odd := _REFUSED.search(_without_comments(text))) is not None:
        line = text.count("\n", 0, odd.start()) + 1
        raise OutputError("this form of import or export is not understood", where=f"{name}.js, near line {line}")
    text = _INDENTED.sub("", _TYPES.sub("", _COMMENTS.sub("", text)))
    pairs = ", ".join(new if new == old else f"{new}: {old}" for new, old in exports.items())
    written[name] = f"const {_variable(name)} = (() => {{\n{text}return {{ {pairs} }};\n}})();\n"
    order.append(name)


def _taken(names: str, other: str, name: str) -> str:
    pairs = ", ".join(old if old == new else f"{old}: {new}" for old, new in _names(names, name))
    return f"const {{ {pairs} }} = {_variable(other)};\n"


def _names(text: str, name: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        match = _NAME.match(part)
        if match is None:
            raise OutputError(f"cannot read the name '{part}'", where=f"{name}.js")
        found.append((match.group(1), match.group(2) or match.group(1)))
    return found


def _variable(name: str) -> str:
    return "module_" + re.sub(r"\W", "_", name)


def _without_comments(text: str) -> str:
    """Return a text of as many characters, with comments blank: types may be imported there."""
    return re.sub(r"/\*.*?\*/|//[^\n]*", lambda found: re.sub(r"[^\n]", " ", found.group()), text, flags=re.DOTALL)
