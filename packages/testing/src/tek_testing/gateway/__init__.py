"""Gateways as child processes, to be killed, frozen and restarted."""
