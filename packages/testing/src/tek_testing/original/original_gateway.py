"""The original gateway in a process of its own, to be killed and restarted like Tek's own."""

import sys
from collections.abc import Mapping, Sequence

from tek_testing.gateway.gateway_process import GatewayProcess


class OriginalGateway(GatewayProcess):
    """An `original_server` in a temporary home; `options` are added to its command line."""

    def __init__(
        self,
        *,
        port: int = 0,
        options: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(port=port, options=options, environment=environment)

    def _command(self) -> list[str]:
        module = "tek_testing.original.original_server"
        where = [f"--port={self.port}", f"--runtime-file={self.runtime_path}"]
        return [sys.executable, "-P", "-m", module, *where, *self._options]
