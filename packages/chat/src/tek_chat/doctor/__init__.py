"""Checks the way from this client to its gateway, one step after the other.

The checks start no gateway, send no message and show no token.
"""

from tek_chat.doctor.check_result import Check, CheckName, CheckState
from tek_chat.doctor.examine import examine

__all__ = ["Check", "CheckName", "CheckState", "examine"]
