"""Runs the gateway as `python -m tek_gateway`."""

import sys

from tek_gateway.main import main

if __name__ == "__main__":
    sys.exit(main())
