"""Timing over HTTP: a table is read, a series is assessed, plans and trials are worked out."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import asdict

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from bimodal.app.limits import Limits
from bimodal.app.timing_ask import plain_layout, read_file, read_plans, read_trial
from bimodal.app.timing_desk import TimingDesk, What
from bimodal.errors import TimingError
from bimodal.timing.wording import SAFETY

_LINES = "application/x-ndjson"


class TimingCalls:
    """The calls of the page of timing; a file comes as the body of a request and is never written down.

    Parameters
    ----------
    limits
        Size of a file and of a question.
    body
        Reads the body of a request up to its limit.
    """

    def __init__(
        self, limits: Limits, body: Callable[[Request], Awaitable[bytes]], desk: TimingDesk | None = None
    ) -> None:
        self._limits = limits
        self._body = body
        self._desk = desk or TimingDesk(limits)

    def routes(self) -> list[Route]:
        """Give the routes."""
        return [
            Route("/api/timing", self.about),
            Route("/api/timing/read", self.read, methods=["POST"]),
            Route("/api/timing/assess", self.assess, methods=["POST"]),
            Route("/api/timing/plan", self.plan, methods=["POST"]),
            Route("/api/timing/trial", self.trial, methods=["POST"]),
        ]

    async def about(self, _request: Request) -> Response:
        """Give the words that stand first, and the limits."""
        limits = {name: value for name, value in asdict(self._limits).items() if name.startswith("timing_")}
        return JSONResponse({"safety": SAFETY, "limits": limits})

    async def read(self, request: Request) -> Response:
        """Say how a table was understood, and what is still to be said of it."""
        content, asked = await self._file(request)
        layout = await run_in_threadpool(read_file, content, asked, self._limits)
        return JSONResponse(plain_layout(layout))

    async def assess(self, request: Request) -> Response:
        """Assess the series of a table; faults of the table are said at once."""
        content, asked = await self._file(request)
        layout = await run_in_threadpool(read_file, content, asked, self._limits)
        layout.answered()
        return self._answer("assess", asked, content)

    async def plan(self, request: Request) -> Response:
        """Say what sampling plans could find."""
        asked = _asked(request)
        read_plans(asked, self._limits)
        return self._answer("plan", asked)

    async def trial(self, request: Request) -> Response:
        """Say what a trial would need."""
        asked = _asked(request)
        await run_in_threadpool(read_trial, asked, self._limits)
        return self._answer("trial", asked)

    async def _file(self, request: Request) -> tuple[bytes, Mapping[str, str]]:
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "text/csv":
            raise HTTPException(415, "send a table as text/csv")
        return await self._body(request), _asked(request)

    def _answer(self, what: What, asked: Mapping[str, str], content: bytes = b"") -> Response:
        self._desk.take()
        return _Lines(self._desk, self._desk.work(what, asked, content))


class _Lines(StreamingResponse):
    """Lines as they come; whoever goes away, the work ends and the place is free."""

    def __init__(self, desk: TimingDesk, work: AsyncGenerator[bytes]) -> None:
        self._desk = desk
        self._work = work
        super().__init__(work, media_type=_LINES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            try:
                await self._work.aclose()
            finally:
                self._desk.leave()


def _asked(request: Request) -> dict[str, str]:
    pairs = request.query_params.multi_items()
    asked = dict(pairs)
    if len(asked) < len(pairs) or any(len(value) > 200 for value in asked.values()):
        raise TimingError("this cannot be asked", where="the address", fix="say each thing once, in few words")
    return asked
