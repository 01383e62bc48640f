"""Sends the same log to every client as fast as it reads: bare, as a gateway or as Socket.IO.

Usage: flood.py ENTRIES; the first line of its output is its port. All frames are
made before the first client connects, so that making them is not measured.
"""

import asyncio
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence

from websockets.asyncio.server import ServerConnection, serve
from websockets.frames import Frame, Opcode
from websockets.typing import Subprotocol

from tek_protocol import encode, read_envelope
from tek_protocol.envelope import SUBPROTOCOL_RESUME
from tek_protocol.resume_frames import Resumed

TURN = 1_000
"""Entries of one turn: a message, the start of its answer, its pieces and its end."""

CHUNK = 65_536
"""Bytes of one write."""

_GREETING = '0{"sid":"s","upgrades":[],"pingInterval":60000,"pingTimeout":60000}'
"""How Engine.IO 4 opens; a Socket.IO client then asks for its namespace with 40."""


def entries(count: int) -> Iterator[str]:
    """Yield a log of whole answers, as `tek.resume.v1` spells it."""
    for seq in range(1, count + 1):
        turn, place = divmod(seq - 1, TURN)
        entry: Mapping[str, object] = {
            **_content(place, request_id=f"{turn:032x}"),
            "seq": seq,
            "prev": seq - 1,
        }
        yield encode(entry)


def _content(place: int, *, request_id: str) -> Mapping[str, object]:
    about = {"requestId": request_id}
    if place == 0:
        return {"type": "chat.message", "id": request_id, "role": "user", "content": "Go on."}
    if place == 1:
        return {"type": "chat.stream.start", **about, "sessionId": "flood", "model": "flood"}
    if place == TURN - 1:
        return {"type": "chat.stream.end", **about, "usage": {}, "cost": {}}
    return {"type": "chat.stream.delta", **about, "delta": f" word {place}"}


def chunks(messages: Iterable[str]) -> Sequence[bytes]:
    """Return the frames of `messages`, in pieces to write."""
    frames = (Frame(Opcode.TEXT, each.encode()).serialize(mask=False) for each in messages)
    flood = b"".join(frames)
    return [flood[at : at + CHUNK] for at in range(0, len(flood), CHUNK)]


def _selected(_: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol | None:
    resume = Subprotocol(SUBPROTOCOL_RESUME)
    return resume if resume in offered else None


async def main(count: int) -> None:
    """Serve until the input ends."""
    plain = chunks(entries(count))
    events = chunks(f'42["entry",{each}]' for each in entries(count))

    async def flood(socket: ServerConnection) -> None:
        is_socket_io = socket.request is not None and "EIO=4" in socket.request.path
        if is_socket_io:
            await socket.send(_GREETING)
            await socket.recv()
            await socket.send('40{"sid":"s"}')
        elif socket.subprotocol == SUBPROTOCOL_RESUME:
            asked = read_envelope(await socket.recv())
            await socket.send(encode(Resumed(asked.id or "", "flood", "new", 0)))
        for chunk in events if is_socket_io else plain:
            socket.transport.write(chunk)
            await socket.drain()
        await socket.wait_closed()

    async with serve(
        flood,
        "127.0.0.1",
        0,
        select_subprotocol=_selected,
        compression=None,
        ping_interval=None,
    ) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
