"""Run the gateway as `python -m tek_gateway`. It must never do more than the command does."""

import sys

from tek_gateway.main import main

if __name__ == "__main__":
    sys.exit(main())
