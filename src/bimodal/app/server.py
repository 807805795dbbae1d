"""The server: the page, and jobs over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bimodal.app.address import Address
from bimodal.app.choices import choices
from bimodal.app.guard import Guard, refusal
from bimodal.app.intake import Form, plain_study, read_study
from bimodal.app.job import Job, is_id
from bimodal.app.jobs import Jobs, QuotaError, StateError
from bimodal.app.limits import Limits
from bimodal.app.results import figure_files, result_file, result_files
from bimodal.app.study_toml import study_toml
from bimodal.app.timing_calls import TimingCalls
from bimodal.errors import BimodalError
from bimodal.evidence import list_studies, study_text
from bimodal.study.spec.spec import StudySpec

_FORMS: dict[str, Form] = {"application/json": "json", "application/toml": "toml"}
#: A file of a visitor is a document of nobody's: its scripts cannot reach this server.
_SANDBOX = {"Content-Security-Policy": "sandbox allow-scripts allow-downloads"}
_MOST_SEED = 2**53

Handler = Callable[[Request], Awaitable[Response]]


def make_app(page: str, jobs: Jobs, *, address: Address, limits: Limits) -> Starlette:
    """Put the server together.

    Parameters
    ----------
    page
        HTML of the page.
    jobs
        Closed when the server ends.
    """
    calls = _Calls(page, jobs, limits)
    routes = [
        Route("/", calls.page),
        Route("/api/choices", calls.choices),
        Route("/api/studies/{name}", calls.study),
        Route("/api/check", calls.check, methods=["POST"]),
        Route("/api/jobs", calls.jobs),
        Route("/api/jobs", calls.submit, methods=["POST"]),
        Route("/api/jobs/{id}", calls.job),
        Route("/api/jobs/{id}", calls.remove, methods=["DELETE"]),
        Route("/api/jobs/{id}/cancel", calls.cancel, methods=["POST"]),
        Route("/api/jobs/{id}/resume", calls.resume, methods=["POST"]),
        Route("/api/jobs/{id}/files/{name}", calls.file),
        *TimingCalls(limits, calls.body).routes(),
    ]

    @asynccontextmanager
    async def life(_app: Starlette) -> AsyncIterator[None]:
        yield
        await run_in_threadpool(jobs.close)

    return Starlette(
        routes=routes,
        middleware=[Middleware(Guard, address=address)],
        exception_handlers={
            BimodalError: _said(422),
            QuotaError: _said(429),
            StateError: _said(409),
            HTTPException: _not_served,
        },
        lifespan=life,
    )


class _Calls:
    def __init__(self, page: str, jobs: Jobs, limits: Limits) -> None:
        self._page = page
        self._jobs = jobs
        self._limits = limits

    async def page(self, _request: Request) -> Response:
        return HTMLResponse(self._page, headers={"Content-Security-Policy": "frame-ancestors 'none'"})

    async def choices(self, _request: Request) -> Response:
        return JSONResponse(await run_in_threadpool(choices, self._limits))

    async def study(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in list_studies():
            raise HTTPException(404)
        return PlainTextResponse(study_text(name))

    async def check(self, request: Request) -> Response:
        """Read a study, and give it as data and as a study file: a form and a text stay in step by it."""
        spec = await self._study(request)
        plain = plain_study(spec)
        return JSONResponse({"study": plain, "toml": study_toml(plain)})

    async def jobs(self, _request: Request) -> Response:
        return JSONResponse({"jobs": [job.plain() for job in self._jobs.all()]})

    async def submit(self, request: Request) -> Response:
        seed = _seed(request.query_params.get("seed", "1"))
        spec = await self._study(request)
        job = await run_in_threadpool(self._jobs.submit, spec, seed)
        return JSONResponse(job.plain(), status_code=201)

    async def job(self, request: Request) -> Response:
        job = self._job(request)
        folder = self._jobs.folder(job.id)
        files, figures = (result_files(folder), figure_files(folder)) if job.state == "done" else ([], [])
        return JSONResponse({**job.plain(), "files": files, "figures": figures})

    async def remove(self, request: Request) -> Response:
        await run_in_threadpool(self._jobs.remove, self._job(request).id)
        return Response(status_code=204)

    async def cancel(self, request: Request) -> Response:
        return JSONResponse((await run_in_threadpool(self._jobs.cancel, self._job(request).id)).plain())

    async def resume(self, request: Request) -> Response:
        return JSONResponse((await run_in_threadpool(self._jobs.resume, self._job(request).id)).plain())

    async def file(self, request: Request) -> Response:
        job = self._job(request)
        found = result_file(self._jobs.folder(job.id), request.path_params["name"]) if job.state == "done" else None
        if found is None:
            raise HTTPException(404)
        path, kind = found
        inline = kind in ("text/html", "image/svg+xml")
        return FileResponse(
            path,
            media_type=kind,
            filename=f"{job.name}-{path.name}",
            content_disposition_type="inline" if inline else "attachment",
            headers=_SANDBOX,
        )

    def _job(self, request: Request) -> Job:
        name = request.path_params["id"]
        try:
            return self._jobs.get(name if is_id(name) else "")
        except KeyError:
            raise HTTPException(404) from None

    async def _study(self, request: Request) -> StudySpec:
        form = _FORMS.get(request.headers.get("content-type", "").partition(";")[0].strip().lower())
        if form is None:
            raise HTTPException(415)
        return await run_in_threadpool(read_study, await self.body(request), form, self._limits)

    async def body(self, request: Request) -> bytes:
        """Read what was sent, up to the limit."""
        most, parts, size = self._limits.body_bytes, list[bytes](), 0
        async for part in request.stream():
            size += len(part)
            if size > most:
                raise HTTPException(413, f"this is too large: {most / 1e6:g} MB is the limit")
            parts.append(part)
        return b"".join(parts)


def _seed(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 16 and int(text) <= _MOST_SEED):
        raise BimodalError("this is no seed", where="seed", fix=f"a whole number from 0 to {_MOST_SEED}")
    return int(text)


def _said(status: int) -> Callable[[Request, Any], Awaitable[Response]]:
    async def answer(_request: Request, fault: Any) -> Response:
        return refusal(status, str(fault))

    return answer


async def _not_served(_request: Request, fault: Any) -> Response:
    words = {
        404: "there is nothing of that name",
        405: "this cannot be asked here",
        413: fault.detail,
        415: fault.detail if "/" in fault.detail else "send a study as application/toml or application/json",
    }
    return refusal(fault.status_code, words.get(fault.status_code, "this cannot be answered"))
