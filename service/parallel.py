"""The batch command's work shared out among processes, with the verdicts of one: a batch each in turn.

Only two steps of a batch depend on those before it: its articles are admitted in their order, and put into stories in their
order. For these the processes wait for each other, in a ring; reading, normalising and comparing texts they do side by side.
"""

from __future__ import annotations

import multiprocessing
import queue
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Semaphore

from dedup.errors import ArticleError, DedupError
from dedup.records import Article
from service import collector, kernels
from service.batch import Answers
from service.config import Config
from service.stores import open_deduplicator

_WAITING = 2  # batches that a process has beforehand, so that it never waits for its next one

_Batch = tuple[Sequence[Article], float]  # and when it arrived


class WorkerLostError(DedupError):
    """A process ended before its work did."""

    code = "worker_lost"


@dataclass(frozen=True, slots=True)
class _Ring:
    """`dedup.deduplicator.Turns` for one of several processes: each step is held by one at a time, and handed to the next."""

    admit: tuple[Semaphore, Semaphore]  # mine, the next one's
    place: tuple[Semaphore, Semaphore]

    def admitting(self) -> AbstractContextManager[None]:
        return _held(self.admit)

    def placing(self) -> AbstractContextManager[None]:
        return _held(self.place)


@contextmanager
def _held(turn: tuple[Semaphore, Semaphore]) -> Iterator[None]:
    mine, following = turn
    parent = multiprocessing.parent_process()
    while not mine.acquire(timeout=1.0):
        if parent is not None and not parent.is_alive():
            sys.exit(1)
    yield
    following.release()  # not after an error: what follows would be judged without what is missing here


class Workers:
    """Processes that judge one stream of batches. To be closed; an error of one ends all.

    Args:
        config: with the time limit that a batch may take.
        redis_url: of the index.
        jobs: how many processes, at least 2.
        candidates: whether verdict lines name the candidates.
    """

    def __init__(self, config: Config, redis_url: str, *, jobs: int, candidates: bool) -> None:
        context = multiprocessing.get_context("spawn")  # a fork would take over threads and connections half-made
        steps = self._steps = [[context.Semaphore(0) for _ in range(jobs)] for _ in range(2)]  # gone when nobody here has them
        self._pipes: list[Connection] = []
        self._processes = []
        for n in range(jobs):
            here, there = context.Pipe()
            admit, place = ((step[n], step[(n + 1) % jobs]) for step in steps)
            arguments = (there, _Ring(admit, place), config, redis_url, candidates)
            process = context.Process(target=_work, args=arguments, daemon=True, name=f"judge-{n}")
            process.start()
            there.close()
            self._pipes.append(here)
            self._processes.append(process)
        for step in steps:
            step[0].release()

    def judge(self, batches: Iterable[Sequence[Article]]) -> Iterator[Answers]:
        """The answers of each batch, in order. Raises the first error of a process, as it was raised there."""
        waiting: deque[Connection] = deque()
        for n, batch in enumerate(batches):
            if len(waiting) == _WAITING * len(self._pipes):
                yield _received(waiting.popleft())
            pipe = self._pipes[n % len(self._pipes)]
            try:
                pipe.send((batch, time.time()))  # here, so that later batches arrive later
            except OSError:  # it ended; why, it may have said
                break
            waiting.append(pipe)
        while waiting:
            yield _received(waiting.popleft())

    def close(self) -> None:
        """End the processes."""
        for pipe in self._pipes:
            pipe.close()
        for process in self._processes:
            process.terminate()
            process.join()


def _received(pipe: Connection) -> Answers:
    try:
        answers: Answers | DedupError = pipe.recv()
    except (EOFError, ConnectionError) as exc:
        raise WorkerLostError("a process that judged articles has ended before its work did; run the command again") from exc
    if isinstance(answers, DedupError):
        raise answers
    return answers


def _work(pipe: Connection, ring: _Ring, config: Config, redis_url: str, candidates: bool) -> None:
    """One process: judge batches as they come, until no more do."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the parent too, which ends us
    batches: queue.SimpleQueue[_Batch | None] = queue.SimpleQueue()
    threading.Thread(target=_receive, args=(pipe, batches), daemon=True).start()  # or both ends would wait to be read
    collector.settle()
    kernels.start(config, lambda _: None)  # `check` says why where it works alone
    deduplicator = open_deduplicator(config, redis_url)
    while (received := batches.get()) is not None:
        batch, now_s = received
        try:
            found = deduplicator.check(batch, now_s=now_s, turns=ring)
        except DedupError as error:
            pipe.send(error)
            return
        pipe.send([a if isinstance(a, ArticleError) else a.as_dict(candidates=candidates) for a in found])


def _receive(pipe: Connection, batches: queue.SimpleQueue[_Batch | None]) -> None:
    try:
        while True:
            batches.put(pipe.recv())
    except (EOFError, OSError):
        batches.put(None)
