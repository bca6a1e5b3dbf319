"""Witnesses that really listen on loopback, each with a folder of its own."""

import socket
import threading
from pathlib import Path
from typing import Self

import uvicorn

from xop.faces.witness import Desk, build_witness, opened_witness
from xop.kernel.log.verifier import Verifier, witness_verifier


class RunningWitness:
    """A witness in a thread; stopped and started again it keeps its port, its key and what it has seen."""

    def __init__(self, folder: Path, name: str) -> None:
        self._store = opened_witness(folder)
        self.key = self._store.make_key(name)
        self.folder = folder
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._socket.close()
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The prefix of its protocol."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def vkey(self) -> str:
        """Its public key as text."""
        return witness_verifier(self.key).vkey

    def know(self, log: Verifier) -> None:
        """Have it cosign a log."""
        other = opened_witness(self.folder)
        other.know(log)
        other.close()

    def __enter__(self) -> Self:
        self._socket = socket.create_server(("127.0.0.1", self.port))
        config = uvicorn.Config(build_witness(Desk(self._store, self.key)), lifespan="off", ws="none", log_config=None)
        self._server = uvicorn.Server(config)
        run = self._server.run
        self._thread = threading.Thread(target=run, kwargs={"sockets": [self._socket]}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join(10)
        self._socket.close()
