"""The gateway's certificate. It must never be given a weaker protocol than the system's default."""

import ssl
from pathlib import Path

from tek_gateway.errors import CannotStart


def tls_of(cert: Path | None, key: Path | None) -> ssl.SSLContext | None:
    """Return how to speak TLS with the certificates in `cert`; None if there are none to use.

    Raises `CannotStart`. Without `key` the private key is in the same file.
    """
    if cert is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        # Without a password given, OpenSSL would ask for one at the terminal.
        context.load_cert_chain(cert, key, password="")
    except (OSError, ValueError) as error:
        reason = f"cannot use the certificate in {cert}: {error}"
        raise CannotStart(reason) from error
    return context
