"""How a running server answers while others hold connections open: silent, half a head, half a body, and all at once.

    mukarrar serve --port 8080 &
    python benchmarks/slow_clients.py --port 8080

Loopback only. Each kind of slow client keeps `--clients` connections open (a connection that the server closes is opened
anew) for `--seconds`, while 4 ordinary clients post a new article each 100 ms, over a new connection every time. Printed:
posts answered, refused, and how long they took; a post without an answer after 10 s counts as refused.
"""

from __future__ import annotations

import argparse
import http.client
import json
import selectors
import socket
import statistics
import threading
import time
import uuid

KINDS = {
    "nobody": [],
    "silent": [b""],
    "half a head": [b"POST /v1/articles HTTP/1.1\r\nHost: localhost\r\nContent-Ty"],
    "half a body": [
        b"POST /v1/articles HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
    ],
}
KINDS["all three"] = KINDS["silent"] + KINDS["half a head"] + KINDS["half a body"]


def hold(port: int, sent: bytes, clients: int, stop: threading.Event) -> None:
    """Keep `clients` connections open that have sent `sent`; read and reopen those that the server closes."""
    selector = selectors.DefaultSelector()

    def dial() -> None:
        connection = socket.create_connection(("127.0.0.1", port), timeout=30)
        connection.sendall(sent)
        connection.setblocking(False)
        selector.register(connection, selectors.EVENT_READ)

    for _ in range(clients):
        dial()
    while not stop.is_set():
        for key, _ in selector.select(0.1):
            connection = key.fileobj
            assert isinstance(connection, socket.socket)
            try:
                gone = not connection.recv(4096)
            except OSError:
                gone = True
            if gone:
                selector.unregister(connection)
                connection.close()
                dial()
    for key in list(selector.get_map().values()):
        assert isinstance(key.fileobj, socket.socket)
        key.fileobj.close()


def post(port: int, stop: threading.Event, took: list[float], refused: list[str]) -> None:
    """Post new articles until told to stop."""
    while not stop.is_set():
        body = json.dumps(
            {"title": "خبر للقياس", "body": f"نص قصير للقياس رقم {uuid.uuid4().hex} لا يشبه غيره من النصوص هنا أبداً"}
        )
        start = time.perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("POST", "/v1/articles", body.encode(), {"Content-Type": "application/json", "Host": "localhost"})
            status = connection.getresponse().status
        except OSError as exc:
            refused.append(type(exc).__name__)
        else:
            if status == 200:
                took.append(time.perf_counter() - start)
            else:
                refused.append(str(status))
        finally:
            connection.close()
        stop.wait(0.1)


def main() -> None:
    """Run every kind in turn and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--clients", type=int, default=200, help="slow connections of each kind")
    parser.add_argument("--seconds", type=float, default=20.0)
    args = parser.parse_args()
    print("| slow clients | posts answered | refused | p50 ms | p99 ms | max ms |\n|---|---|---|---|---|---|")
    for kind, sendings in KINDS.items():
        stop = threading.Event()
        took: list[float] = []
        refused: list[str] = []
        slow = [threading.Thread(target=hold, args=(args.port, sent, args.clients, stop)) for sent in sendings]
        for thread in slow:
            thread.start()
        time.sleep(1.0)
        ordinary = [threading.Thread(target=post, args=(args.port, stop, took, refused)) for _ in range(4)]
        for thread in ordinary:
            thread.start()
        time.sleep(args.seconds)
        stop.set()
        for thread in slow + ordinary:
            thread.join()
        ms = sorted(1000 * t for t in took) or [float("nan")]
        p99 = ms[min(len(ms) - 1, int(0.99 * len(ms)))]
        print(f"| {kind} | {len(took)} | {len(refused)} | {statistics.median(ms):.0f} | {p99:.0f} | {ms[-1]:.0f} |", flush=True)
        time.sleep(2.0)


if __name__ == "__main__":
    main()
