"""The gateway on this computer: found, started, stopped and asked for its health."""
