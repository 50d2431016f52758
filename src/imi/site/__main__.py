"""Management commands: ``python -m imi.site migrate``, ``python -m imi.site work`` and so on."""

from __future__ import annotations

import os
import sys

from django.core.management import execute_from_command_line


def main() -> None:
    """Run the management command that the command line names."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imi.site.settings")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
