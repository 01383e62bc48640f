"""Run the `tek-desktop` command with `python -m tek_desktop`."""

import sys

from tek_desktop.main import main

sys.exit(main())
