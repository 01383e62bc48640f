"""The command line, understood or refused in one line."""

from pathlib import Path

import pytest

from tek_gateway.command_line import GatewayOptions, read_options
from tek_gateway.limits import ServerLimits
from tek_local.runtime_file import data_dir


def test_nothing_given_is_the_default_of_everything() -> None:
    assert read_options([]) == GatewayOptions(
        host="127.0.0.1",
        port=3271,
        data_dir=data_dir(),
        model=None,
        stop_when_idle=None,
        log_file=None,
    )


def test_everything_can_be_given() -> None:
    line = "--host ::1 --port 0 --data-dir d --model echo --stop-when-idle 1.5 --log-file l"
    line += " --max-connections 7 --config c"

    assert read_options(line.split()) == GatewayOptions(
        host="::1",
        port=0,
        data_dir=Path("d"),
        model="echo",
        stop_when_idle=1.5,
        log_file=Path("l"),
        limits=ServerLimits(connections=7),
        config=Path("c"),
    )


@pytest.mark.parametrize(
    ("argument", "reason"),
    [
        ("--port=65536", "'65536' is not a port"),
        ("--port=http", "'http' is not a port"),
        ("--port=-1", "'-1' is not a port"),
        ("--port=" + "9" * 5000, "is not a port"),
        ("--model=", "the name of the model is empty"),
        ("--stop-when-idle=soon", "'soon' is not a number of seconds"),
        ("--stop-when-idle=nan", "'nan' is not a number of seconds"),
        ("--stop-when-idle=inf", "'inf' is not a number of seconds"),
        ("--stop-when-idle=-1", "'-1' is not a number of seconds"),
        ("--max-connections=0", "'0' is not a whole number from 1 to 1000000"),
        ("--max-connections=many", "'many' is not a whole number"),
        ("--nope", "--nope"),
        ("nope", "nope"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(
    capsys: pytest.CaptureFixture[str], argument: str, reason: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        read_options([argument])

    errors = capsys.readouterr().err
    assert ended.value.code == 2
    assert errors.startswith("tek-gateway: error: ")
    assert reason in errors
    assert errors.count("\n") == 1
