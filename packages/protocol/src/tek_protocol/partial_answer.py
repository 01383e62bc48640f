"""An answer as far as it has come, and how each piece of its stream changes it.

The gateway's log, a client's journal and a client's view all fold an answer by this one rule.
"""

from typing import TypeAlias

import msgspec

from tek_protocol.chat import StreamDelta, StreamReasoning, StreamStart

Piece: TypeAlias = StreamStart | StreamDelta | StreamReasoning
"""The messages that an answer consists of until it ends."""


class PartialAnswer(msgspec.Struct, frozen=True, gc=False):
    """The text of an answer and the reasoning of its model, in code points."""

    text: str = ""
    reasoning: str = ""

    def after(self, piece: Piece) -> "PartialAnswer":
        """Return the answer with `piece` applied.

        A start of a later attempt keeps the text up to its `offset`. An attempt that begins again
        at 0 reasons again, too. The first start changes nothing, and may come twice.
        """
        match piece:
            case StreamDelta(delta=delta):
                return PartialAnswer(self.text + delta, self.reasoning)
            case StreamReasoning(delta=delta):
                return PartialAnswer(self.text, self.reasoning + delta)
            case StreamStart(attempt=1):
                return self
            case StreamStart(offset=offset):
                return PartialAnswer(self.text[:offset], self.reasoning if offset else "")
