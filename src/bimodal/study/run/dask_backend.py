"""Parts on the workers of a Dask cluster: they write into a folder all see, and only receipts go over the network."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import Any

from bimodal.errors import StudyError
from bimodal.study.plan.plan import Plan
from bimodal.study.run.work_order import WorkOrder, answer, error_of
from bimodal.study.run.work_part import Receipt, WorkPart

_LOG = logging.getLogger(__name__)
_LOCAL = "local"
_ANSWER_S = 20
_CLOSE_S = 10
# one part under way for each worker, and one that it can begin at once
_AHEAD = 2
# a worker computes one part at a time, whatever number of threads it was given: memory stays that of one part
_ONE_AT_A_TIME = Lock()


class DaskBackend:
    """Computes on a cluster; what a lost worker had under way is done by others.

    Parameters
    ----------
    scheduler
        Address of a scheduler, path of its scheduler file, or ``local`` for workers of this machine.
    workers
        How many there are in a local cluster; another has those that joined it.

    Examples
    --------
    >>> DaskBackend("tcp://127.0.0.1:8786", 1).scheduler
    'tcp://127.0.0.1:8786'
    """

    def __init__(self, scheduler: str, workers: int) -> None:
        self.scheduler = scheduler
        self.workers = workers

    def receipts(self, plan: Plan, folder: Path, parts: Sequence[WorkPart]) -> Generator[Receipt, None, None]:
        """Give the receipt of each part as it is done; closing it takes back what has not begun.

        Raises
        ------
        BimodalError
            Dask is not installed, its scheduler does not answer or has gone, or what a worker said.
        """
        distributed = _distributed()
        order = WorkOrder.of(plan, folder).text()
        waiting = deque(parts)
        with ExitStack() as opened, self._lost_is_said(distributed), _own_words_only():
            client = self._client(distributed, opened)
            under_way: dict[Any, WorkPart] = {}
            opened.callback(_take_back, client, under_way)
            done = distributed.as_completed(loop=client.loop)
            if not client.nthreads():
                _LOG.warning("no worker has joined %s yet: waiting for one", self.scheduler)
            while waiting or under_way:
                most = _AHEAD * max(1, len(client.nthreads()))
                while waiting and len(under_way) < most:
                    part = waiting.popleft()
                    future = client.submit(do_part, order, *part, pure=False)
                    under_way[future] = part
                    done.add(future)
                future = next(done)
                yield _receipt(distributed, future, under_way.pop(future), plan)

    def _client(self, distributed: Any, opened: ExitStack) -> Any:
        if self.scheduler == _LOCAL:
            # nobody asked for a dashboard: what Dask serves beside it stays on this machine, at any free port
            quiet = {"dashboard": False, "dashboard_address": "127.0.0.1:0"}
            try:
                cluster = distributed.LocalCluster(
                    n_workers=self.workers,
                    threads_per_worker=1,
                    processes=True,
                    memory_limit=0,
                    host="127.0.0.1",
                    dashboard_address=None,
                    scheduler_kwargs=quiet,
                    silence_logs=logging.CRITICAL,
                )
            except RuntimeError as fault:
                raise StudyError(
                    f"the local Dask cluster cannot be started: {fault}",
                    where="--scheduler local",
                    fix="in a script, call it under `if __name__ == '__main__':`, or take --backend processes",
                ) from None
            opened.callback(_close, cluster)
            client = distributed.Client(cluster, set_as_default=False)
            opened.callback(_close, client)
            return client
        if self.scheduler.startswith("tls:") and not _has_certificates(distributed):
            raise StudyError(
                "Dask has no certificates for an encrypted connection",
                where=f"--scheduler {self.scheduler}",
                fix="set DASK_DISTRIBUTED__COMM__TLS__CA_FILE, …TLS__CLIENT__CERT and …TLS__CLIENT__KEY",
            )
        where: dict[str, str] = {"scheduler_file" if self.scheduler.endswith(".json") else "address": self.scheduler}
        try:
            client = distributed.Client(**where, timeout=_ANSWER_S, set_as_default=False)
        except (OSError, ValueError, TypeError) as fault:
            raise StudyError(
                f"the Dask scheduler does not answer: {str(fault).splitlines()[0] if str(fault) else fault!r}",
                where=f"--scheduler {self.scheduler}",
                fix="start one with `dask scheduler` and give its address, such as tcp://10.0.0.1:8786 "
                "(tls:// where it is encrypted); or 'local'",
            ) from None
        opened.callback(_close, client)
        return client

    @contextmanager
    def _lost_is_said(self, distributed: Any) -> Iterator[None]:
        try:
            yield
        except (distributed.CancelledError, OSError) as fault:
            why = "" if isinstance(fault, distributed.CancelledError) else f": {fault}"
            raise StudyError(
                f"the connection to the Dask scheduler was lost{why}",
                where=f"--scheduler {self.scheduler}",
                fix="start it again and run the same command: what is finished stays and is not computed again",
            ) from None


def do_part(order: str, arm: int, start: int, stop: int) -> dict[str, Any]:
    """Do a part of an order in a worker of a cluster, and answer in plain data.

    Examples
    --------
    >>> from bimodal.study import RunOptions, load_study
    >>> from bimodal.study.plan.make_plan import make_plan
    >>> from bimodal.study.run.load_shipped import shipped_solver
    >>> spec = load_study("koreth-2011")
    >>> plan = make_plan(spec, RunOptions(), shipped_solver(spec))
    >>> do_part(WorkOrder.of(plan, Path("nobody-claimed-it")).text(), 0, 0, 1)["error"]["what"]
    'the results folder is not, or no longer, the one of this run'
    """
    with _ONE_AT_A_TIME:
        return answer(order, WorkPart(arm, start, stop))


def _receipt(distributed: Any, future: Any, part: WorkPart, plan: Plan) -> Receipt:
    try:
        said = future.result()
    except distributed.KilledWorker as fault:
        raise StudyError(
            f"workers of the cluster were lost each time they were given patients {part.start} to {part.stop - 1}",
            where=f"arm '{plan.arms[part.arm].name}'",
            fix=f"see whether memory runs out: a smaller --chunk; Dask says: {str(fault).splitlines()[0]}",
        ) from None
    if "error" in said:
        raise error_of(said["error"])
    return Receipt.of(said["receipt"])


def _take_back(client: Any, under_way: dict[Any, WorkPart]) -> None:
    if client.status == "running" and under_way:
        client.cancel(list(under_way), force=True, asynchronous=True)


@contextmanager
def _own_words_only() -> Iterator[None]:
    """Keep the tracebacks of Dask's own log back while it is used: what they mean is said in one message."""
    logs = [logging.getLogger(name) for name in logging.root.manager.loggerDict if name.startswith("distributed")]
    before = [log.level for log in logs]
    for log in logs:
        log.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for log, level in zip(logs, before, strict=True):
            log.setLevel(level)


def _has_certificates(distributed: Any) -> bool:
    """Whether Dask's own settings name what a client shows; without, it would only give up after a long time."""
    try:
        return distributed.Security().get_connection_args("client").get("ssl_context") is not None
    except OSError as fault:
        raise StudyError(
            f"a certificate of Dask cannot be read: {fault}", where="DASK_DISTRIBUTED__COMM__TLS__…"
        ) from None


def _close(thing: Any) -> None:
    with suppress(OSError):  # it did not end in time: its processes end with this one
        thing.close(timeout=_CLOSE_S)


def _distributed() -> Any:
    try:
        import distributed
    except ImportError:
        raise StudyError("Dask is not installed", where="--backend dask", fix='pip install "bimodal[dask]"') from None
    return distributed
