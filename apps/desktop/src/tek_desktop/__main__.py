"""`python -m tek_desktop`. It must never do more than the command does."""

import sys

from tek_desktop.main import main

sys.exit(main())
