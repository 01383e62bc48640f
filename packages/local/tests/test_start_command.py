"""How a gateway is started as a child process."""

import sys
from pathlib import Path

from tek_local.start_command import start_command


def test_what_is_not_chosen_is_left_to_the_gateway() -> None:
    assert start_command() == [sys.executable, "-P", "-m", "tek_gateway"]


def test_every_choice_becomes_an_option() -> None:
    command = start_command(
        port=0, data_dir=Path("/d"), stop_when_idle=2.5, log_file=Path("/l/gateway.log")
    )

    assert command[4:] == [
        "--port=0",
        "--data-dir=/d",
        "--stop-when-idle=2.5",
        "--log-file=/l/gateway.log",
    ]
