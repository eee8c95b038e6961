"""The simulated GoHighLevel over HTTP on loopback, by the code that the hub serves it with."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from integrations.sandbox import Sandbox
from integrations.sandbox.http import Served, serve

APP = "ghl"

# What happens to an answer on its way out.
Change = Callable[[Served], Served]


def unchanged(answer: Served) -> Served:
    return answer


def spoilt(answer: Served) -> Served:
    """A text where the documents declare an object or a list."""
    return replace(answer, body=b'"spoilt"')


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A defect of the simulation: the connection breaks, and one line says why."""
        sys.stderr.write(f"the simulation broke: {sys.exception()!r}\n")


@contextmanager
def served(sandbox: Sandbox, change: Change) -> Iterator[str]:
    """The simulation's address while it is served."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            given = serve(
                sandbox,
                APP,
                method=self.command,
                url=f"http://{self.headers['Host']}{self.path}",
                headers=dict(self.headers.items()),
                body=self.rfile.read(int(self.headers.get("Content-Length") or 0)),
            )
            answer = change(given)
            self.send_response(answer.status)
            for name, value in [*answer.headers, ("Content-Length", str(len(answer.body)))]:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)

        do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815

        def log_message(self, *args: object) -> None:
            """What the proxy finds is log enough."""

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/sandbox/{APP}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
