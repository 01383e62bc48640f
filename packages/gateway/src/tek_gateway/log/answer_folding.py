"""What the stored pieces of an unfinished answer amount to."""

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from tek_protocol import decode
from tek_protocol.chat import StreamDelta, StreamReasoning, StreamStart


@dataclass(frozen=True, slots=True)
class Standing:
    """What the log holds of a turn that has not ended; `attempt` is 0 before the first one."""

    attempt: int = 0
    text: str = ""
    model: str = ""
    reasoning: str = ""


_STREAM: msgspec.json.Decoder[StreamStart | StreamDelta | StreamReasoning] = msgspec.json.Decoder(
    StreamStart | StreamDelta | StreamReasoning
)


def fold_pieces(bodies: Iterable[str]) -> Standing:
    """Return what the pieces of one turn, in order, amount to; raises `DecodeError`.

    An attempt that starts again at offset 0 drops the reasoning as well.
    """
    attempt, model = 0, ""
    pieces: list[str] = []
    thoughts: list[str] = []
    for body in bodies:
        match decode(body, _STREAM):
            case StreamStart() as start:
                attempt, model = start.attempt, start.model
                pieces = ["".join(pieces)[: start.offset]]
                thoughts = thoughts if start.offset else []
            case StreamDelta(delta=delta):
                pieces.append(delta)
            case StreamReasoning(delta=delta):
                thoughts.append(delta)
    return Standing(attempt, "".join(pieces), model, "".join(thoughts))
