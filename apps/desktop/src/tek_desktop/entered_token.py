"""The token that the user has entered.

It must never leave this process, nor outlive it.
"""

import os


def keep_token(token: str) -> None:
    """Keep `token` where it is asked for at every attempt, until this process ends."""
    os.environ["TEK_TOKEN"] = token
