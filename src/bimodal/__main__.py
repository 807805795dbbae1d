"""``python -m bimodal`` is the command ``bimodal``."""

import sys

from bimodal.cli import main

sys.exit(main())
