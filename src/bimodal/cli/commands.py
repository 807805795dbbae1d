"""Commands that refuse an empty word."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import typer
from typer.core import TyperCommand

from bimodal.errors import BimodalError


class _Command(TyperCommand):
    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Refuse empty words before they are read: an empty path is the folder itself, an empty text is no text."""
        given, _, _ = self.make_parser(ctx).parse_args(args=list(args))
        for option in self.get_params(ctx):
            value: Any = given.get(option.name or "")
            words: list[Any] = list(value) if isinstance(value, list | tuple) else [value]
            if any(isinstance(word, str) and not word.strip() for word in words):
                if option.param_type_name == "argument":
                    name, fix = option.metavar or (option.name or "").upper(), "give it a value"
                else:
                    written = {word.partition("=")[0] for word in args}
                    name = next((one for one in option.opts if one in written), option.opts[0])
                    fix = "give it a value, or leave it out"
                raise BimodalError(f"{name} is empty", fix=fix)
        return super().parse_args(ctx, args)


class Commands(typer.Typer):
    """A group of commands none of which takes an empty word, as a script gives where a variable is not set."""

    def command(
        self, name: str | None = None, *, cls: type[TyperCommand] | None = _Command, **more: Any
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Register a function as a command."""
        return super().command(name, cls=cls, **more)
