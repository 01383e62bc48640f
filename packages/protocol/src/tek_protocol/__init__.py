"""The wire between Tek's clients and a gateway.

Pure: text in, typed messages out, and the other way round. It must never open a socket,
read a clock or roll a die.
"""

from tek_protocol.codec import DecodeError, decode, encode, read_envelope, read_object
from tek_protocol.envelope import Envelope

__all__ = ["DecodeError", "Envelope", "decode", "encode", "read_envelope", "read_object"]
