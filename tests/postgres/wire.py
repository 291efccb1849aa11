"""Stand between a program and its server, and cut the wire at the worst moment: around the commit of an event."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from select import select
from threading import Thread
from typing import Literal

Moment = Literal["before", "after"]


@contextmanager
def cut(port: int, moment: Moment) -> Iterator[int]:
    """Yield a port that leads to the server's; a connection that commits an event is cut.

    `before` the server hears of the commit, or `after` it did it and before the program is told.
    """
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        thread = Thread(target=_accept, args=(listening, port, moment))
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()


def _accept(listening: socket.socket, port: int, moment: Moment) -> None:
    wires: list[Thread] = []
    with suppress(OSError):
        while True:
            program, _address = listening.accept()
            server = socket.create_connection(("127.0.0.1", port))
            wires.append(Thread(target=_carry, args=(program, server, moment)))
            wires[-1].start()
    for wire in wires:
        wire.join()


def _carry(program: socket.socket, server: socket.socket, moment: Moment) -> None:
    has_event = False
    with program, server, suppress(OSError):
        while True:
            for ready in select([program, server], [], [])[0]:
                if not (part := ready.recv(65_536)):
                    return
                if ready is server:
                    program.sendall(part)
                    continue
                has_event = has_event or b"INSERT INTO event" in part
                if not (has_event and b"COMMIT" in part):
                    server.sendall(part)
                    continue
                if moment == "after":
                    server.sendall(part)
                    server.shutdown(socket.SHUT_WR)
                    while server.recv(65_536):
                        pass
                return
