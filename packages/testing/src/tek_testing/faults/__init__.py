"""Networks that fail on request: proxies and listeners."""
