"""Start processes that help with a long work, talk to each over a pipe of its own, and let them end with us."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

Work = Callable[..., None]  # takes the helper's end of its pipe, and what it was given


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def helping(work: Work, each: Iterable[tuple[Any, ...]]) -> Iterator[list[Connection]]:
    """Start a process for each of what is given, that does the work with it, and lend our ends of their pipes.

    A helper ends when its work is done, or when it says or waits to hear something and nobody is there any more:
    because all is done that they are needed for, or because we were killed. What it is at until then, it finishes.
    It opens the database for itself: no connection goes from one process to another.
    """
    # A fork has everything loaded; but it must not be made while another thread may hold a lock.
    forks = sys.platform == "linux" and threading.active_count() == 1
    context: Any = get_context("fork" if forks else "spawn")
    pipes: list[Connection] = []
    processes = []
    try:
        for given in each:
            mine, theirs = context.Pipe()
            pipes.append(mine)
            with theirs:
                others = pipes.copy() if forks else []
                process = context.Process(target=_help, args=(work, theirs, others, given), daemon=True)
                with _deaf():
                    process.start()
            processes.append(process)
        yield pipes
    finally:
        for pipe in pipes:
            pipe.close()
        for process in processes:
            process.join()


@contextmanager
def _deaf() -> Iterator[None]:
    """Let Ctrl+C wait while a process begins: it hears nothing of it from its first moment on, and we do afterwards."""
    if sys.platform == "win32":
        yield
        return
    former = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, former)


def _help(work: Work, pipe: Connection, others: Sequence[Connection], given: tuple[Any, ...]) -> None:
    for other in others:  # a fork holds our ends of all pipes: nobody behind them would notice that we are gone
        other.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started it tells of the interruption
    work(pipe, *given)


def say(pipe: Connection, what: object) -> None:
    """Tell something to whoever started this helper; the helper ends if nobody listens any more."""
    try:
        pipe.send(what)
    except OSError:
        sys.exit()


def hear(pipe: Connection) -> Any:
    """Return what the other end says next, None if nobody is there any more."""
    try:
        return pipe.recv()
    except (EOFError, OSError):
        return None
