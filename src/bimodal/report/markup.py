"""The few pieces of HTML a report is made of; every one escapes what it is given."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from bimodal.report.text import clean


def text(value: object) -> str:
    """Make any text safe between tags and inside quoted attributes.

    Examples
    --------
    >>> text('<b>"1 & 2"</b>')
    '&lt;b&gt;&quot;1 &amp; 2&quot;&lt;/b&gt;'
    """
    return escape(clean(value), quote=True)


def cell(value: object, *, kind: str = "", detail: object = "", head: bool = False) -> str:
    """Write one table cell.

    ``kind`` are CSS classes, of this package and never of a user; ``detail`` is a second line in small letters.

    Examples
    --------
    >>> cell(3, kind="number")
    '<td class="number">3</td>'
    """
    tag, scope = ("th", ' scope="row"') if head else ("td", "")
    classes = f' class="{kind}"' if kind else ""
    small = f'<span class="detail">{text(detail)}</span>' if clean(detail) else ""
    return f"<{tag}{scope}{classes}>{text(value)}{small}</{tag}>"


def table(heads: Sequence[tuple[str, str]], rows: Iterable[Sequence[str]], caption: str = "") -> str:
    r"""Write a table that scrolls sideways on a narrow screen.

    ``heads`` are title and CSS class of every column, ``rows`` cells already written by `cell`.

    Examples
    --------
    >>> "<th scope=\"col\">arm</th>" in table([("arm", "")], [[cell("a")]])
    True
    """
    classes = (f' class="{kind}"' if kind else "" for _, kind in heads)
    top = "".join(f'<th scope="col"{kind}>{text(title)}</th>' for (title, _), kind in zip(heads, classes, strict=True))
    body = "\n".join(f"<tr>{''.join(row)}</tr>" for row in rows)
    title = f"<caption>{text(caption)}</caption>" if caption else ""
    return f'<div class="scroll"><table>{title}<thead><tr>{top}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>'


def section(title: str, *parts: str) -> str:
    """Write a section, or nothing where it would be empty.

    Examples
    --------
    >>> section("Warnings", "")
    ''
    """
    inner = "\n".join(part for part in parts if part)
    return f"<section>\n<h2>{text(title)}</h2>\n{inner}\n</section>" if inner else ""


def paragraph(value: object, kind: str = "") -> str:
    """Write a paragraph."""
    return f'<p class="{kind}">{text(value)}</p>' if kind else f"<p>{text(value)}</p>"


def items(values: Iterable[object], kind: str = "") -> str:
    """Write a list, or nothing where there is nothing to list."""
    lines = "".join(f"<li>{text(value)}</li>" for value in values)
    return f'<ul class="{kind}">{lines}</ul>' if lines else ""


def definitions(pairs: Iterable[tuple[object, object]]) -> str:
    """Write names with their values, long hashes breaking where they must.

    Examples
    --------
    >>> definitions([("seed", 1)])
    '<dl><dt>seed</dt><dd>1</dd></dl>'
    """
    lines = "".join(f"<dt>{text(name)}</dt><dd>{text(value)}</dd>" for name, value in pairs)
    return f"<dl>{lines}</dl>" if lines else ""
