"""The protocol between Tek's clients and a gateway. Pure: text in, typed messages out, and back."""

from tek_protocol.codec import DecodeError, decode, encode, read_envelope, read_object
from tek_protocol.envelope import Envelope

__all__ = ["DecodeError", "Envelope", "decode", "encode", "read_envelope", "read_object"]
