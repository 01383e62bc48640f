"""The `tek-gateway` command: from the command line to an exit code."""

import asyncio
import json
import logging
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType

from tek_gateway.command_line import GatewayOptions, read_options
from tek_gateway.config_file import configuration_path, read_configuration
from tek_gateway.errors import GatewayError
from tek_gateway.gateway import GatewaySettings, running
from tek_gateway.host.logging_setup import log_to
from tek_gateway.host.process_tuning import raise_file_limit, settle
from tek_gateway.maintenance import COMMANDS
from tek_gateway.models.catalog import chosen
from tek_gateway.models.choice import ModelChoice
from tek_gateway.serve.access import Tokens
from tek_gateway.serve.tls import tls_context
from tek_gateway.version import VERSION
from tek_local.runtime_file import RuntimeFile, runtime_path

_logger = logging.getLogger(__name__)


def main(argv: Sequence[str] | None = None) -> int:
    """Run a gateway until it is told to stop; return 0, or 1 if it could not start."""
    os.umask(0o077)  # files are for their owner only
    arguments = sys.argv[1:] if argv is None else argv
    try:
        if arguments and arguments[0] in COMMANDS:
            return COMMANDS[arguments[0]](arguments[1:])
        options = read_options(arguments)
        log_to(options.log_file, options.log_format)
        raise_file_limit(options.limits.connections)
        asyncio.run(_serve(options))
    except GatewayError as error:
        print(f"tek-gateway: error: {error}", file=sys.stderr)  # noqa: T201 - the command's own output
        return 1
    finally:
        _drop_unread_output()
    return 0


async def _serve(options: GatewayOptions) -> None:
    stop = asyncio.Event()
    _stop_at_signal(stop)
    models = await _models(options)
    async with running(_settings(options, models), stop.set) as runtime:
        _logger.info("started at %s, instance %s", runtime.url, runtime.instance)
        if models.notice:
            _logger.warning("%s", models.notice)
        settle()
        _say_ready(runtime)
        await stop.wait()
        _logger.info("stopping")
    _logger.info("stopped")


async def _models(options: GatewayOptions) -> ModelChoice:
    path = options.config or configuration_path()
    return await chosen(
        options.model, read_configuration(path, required=options.config is not None)
    )


def _settings(options: GatewayOptions, models: ModelChoice) -> GatewaySettings:
    return GatewaySettings(
        host=options.host,
        port=options.port,
        data_dir=options.data_dir,
        runtime_path=runtime_path(),
        model=models.default,
        idle_limit=options.stop_when_idle,
        plain=options.plain,
        tokens=Tokens.read(options.tokens),
        tls=tls_context(options.tls_cert, options.tls_key),
        behind_proxy=options.behind_proxy,
        limits=options.limits,
        retention=options.retention,
        others=models.others,
    )


def _stop_at_signal(stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()

    def caught(_number: int, _frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(stop.set)

    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            # Wakes the loop even if the signal interrupts another thread.
            loop.add_signal_handler(number, stop.set)
        except NotImplementedError:  # Windows, where the loop wakes for any signal
            signal.signal(number, caught)


def _say_ready(runtime: RuntimeFile) -> None:
    line = {
        "event": "ready",
        "url": runtime.url,
        "pid": runtime.pid,
        "port": runtime.port,
        "instance": runtime.instance,
        "version": VERSION,
    }
    try:
        print(json.dumps(line), flush=True)  # noqa: T201 - the command's own output
    except OSError as error:  # the process that started this is gone; others may still connect
        _logger.warning("nobody reads the ready line: %s", error)


def _drop_unread_output() -> None:
    """Discard buffered output that nobody reads, or Python would exit with 120."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
