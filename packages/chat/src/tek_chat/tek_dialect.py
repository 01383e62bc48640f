"""Tek's dialect: the message types by which a `reconnect_core.Session` recognizes a turn."""

from reconnect_core import Dialect

TEK_DIALECT = Dialect(
    turns=frozenset({"chat.send"}),
    endings=frozenset({"chat.stream.end", "error"}),
    acknowledges="chat.message",
)
"""A `chat.send` starts a turn, and a `chat.message` in the log acknowledges it."""
