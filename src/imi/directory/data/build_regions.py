"""Builds ``regions.tsv`` from the extract of the Union's list of regions (see README.md beside this file).

Run it as ``python -m imi.directory.data.build_regions FOLDER`` where FOLDER holds ``eforms_nuts.tsv.gz``. The same
input gives the same bytes.
"""

from __future__ import annotations

import gzip
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from imi.directory import reference

# The country's two letters and one sign for each of three levels; Z stands for what lies in no region.
REGION = re.compile(r"([A-Z]{2})(?!Z)[0-9A-Z]{1,3}")


def regions(extract: Path) -> Iterator[tuple[str, str]]:
    """Yield code and native name of every region of the countries that take part."""
    countries = reference.countries()
    with gzip.open(extract, "rt", encoding="utf-8") as stream:
        next(stream)
        for line in stream:
            code, name = line.rstrip("\n").split("\t")
            found = REGION.fullmatch(code)
            if found and found[1] in countries:
                yield code, name


def main(folder: str) -> None:
    """Write the file beside this one."""
    lines = [f"{code}\t{name}\n" for code, name in sorted(regions(Path(folder) / "eforms_nuts.tsv.gz"))]
    reference.REGIONS.write_text("code\tname\n" + "".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
