"""``python -m imi.catalogue``: the commands of ``./imi procedures``."""

import sys

from imi.catalogue.cli import main

sys.exit(main())
