"""The gateway's TLS certificate."""

import ssl
from pathlib import Path

from tek_gateway.errors import CannotStart


def tls_context(cert: Path | None, key: Path | None) -> ssl.SSLContext | None:
    """Return a TLS context with the certificate chain in `cert`; None without `cert`.

    Without `key`, the private key is in the same file. Raises `CannotStart`.
    """
    if cert is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        # Without a password, OpenSSL would ask for one at the terminal.
        context.load_cert_chain(cert, key, password="")
    except (OSError, ValueError) as error:
        reason = f"cannot use the certificate in {cert}: {error}"
        raise CannotStart(reason) from error
    return context
