"""Builds ``concepts.tsv.gz`` from extracts of the official classifications (see README.md beside this file).

Run it as ``python -m imi.directory.data.build_concepts FOLDER`` where FOLDER holds ``esco_codes.tsv.gz``,
``esco_isco_pref.tsv.gz``, ``esco_isco_alt.tsv.gz`` and ``nace_rev2.tsv.gz``. The same input gives the same bytes.
"""

from __future__ import annotations

import gzip
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from operator import itemgetter
from pathlib import Path

from imi.directory import folding

TARGET = Path(__file__).with_name("concepts.tsv.gz")

# Unit groups (or their first digits) of ISCO-08 in which Member States regulate professions; only their ESCO
# occupations are taken as further names of the group, the groups themselves are taken all.
REGULATED = (
    "2113",
    "2114",
    "2131",
    "2132",
    "2133",
    "2141",
    "2142",
    "2143",
    "2144",
    "2145",
    "2146",
    "2149",
    "215",
    "216",
    "22",
    "23",
    "241",
    "26",
    "311",
    "3134",
    "315",
    "32",
    "331",
    "332",
    "3331",
    "3334",
    "3339",
    "3355",
    "341",
    "342",
    "343",
    "351",
    "4214",
    "511",
    "5120",
    "5131",
    "514",
    "516",
    "53",
    "541",
    "6113",
    "6210",
    "71",
    "7212",
    "7213",
    "7214",
    "7223",
    "723",
    "741",
    "7421",
    "7511",
    "7512",
    "7515",
    "7522",
    "7531",
    "7532",
    "7536",
    "754",
    "8111",
    "8113",
    "8182",
    "83",
    "9112",
    "9122",
    "9411",
)
MAX_NAMES = 18
"""Most further names of one group in one language."""

Names = dict[str, str]


def read(path: Path) -> Iterator[tuple[str, Names]]:
    """Yield the key of each row with its cells by column."""
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        _, *columns = next(stream).rstrip("\n").split("\t")
        for line in stream:
            key, *cells = line.rstrip("\n").split("\t")
            yield key, dict(zip(columns, cells, strict=False))


def forms(cell: str) -> list[str]:
    """Return the names in a cell: alternatives, and the two halves of a masculine/feminine pair."""
    found: list[str] = []
    for name in cell.split("|"):
        halves = [half.strip() for half in re.split(r"\s*/\s*", name)]
        # "manager/in" abbreviates an ending and "guide in parks/gardens" a phrase: such halves are no names.
        pair = all(len(half) > 3 for half in halves) and len({len(half.split()) for half in halves}) == 1
        found += halves if pair else [name if len(halves[-1]) > 3 else halves[0]]
    return [name for name in found if 2 < len(name) <= 90]


def different(names: Iterable[str], known: str) -> list[str]:
    """Return the names that add a way to be found: whose stems are not all in one of those before."""
    kept: list[str] = []
    stems = [_stems(known)]
    for name in dict.fromkeys(names):
        own = _stems(name)
        if own and not any(own <= other for other in stems):
            kept.append(name)
            stems.append(own)
    return kept[:MAX_NAMES]


def _stems(name: str) -> frozenset[str]:
    return frozenset(folding.stem(token)[:7] for token in folding.tokens(name))


def occupations(folder: Path) -> Iterator[tuple[str, str, str, str, str, str]]:
    """Yield the rows of ISCO-08, with ESCO's occupations as further names of their unit group."""
    codes = {tail: row["esco_code"] for tail, row in read(folder / "esco_codes.tsv.gz")}
    groups: dict[str, Names] = {}
    # Names of occupations first, then the shortest of their alternatives: these are the words people use.
    further: dict[tuple[str, str], list[tuple[int, str]]] = defaultdict(list)
    for kind in ("pref", "alt"):
        for tail, names in read(folder / f"esco_isco_{kind}.tsv.gz"):
            if tail.startswith("isco/C"):
                if kind == "pref":
                    groups[tail.removeprefix("isco/C")] = names
            elif codes.get(tail, "").startswith(REGULATED):
                for language, cell in names.items():
                    further[codes[tail][:4], language] += [(kind == "alt" and len(name), name) for name in forms(cell)]
    for code, names in sorted(groups.items()):
        for language, name in names.items():
            others = [other for _, other in sorted(further[code, language], key=itemgetter(0))]
            yield from _row("isco", code, code[:-1], language, name, others)


def activities(folder: Path) -> Iterator[tuple[str, str, str, str, str, str]]:
    """Yield the rows of NACE Rev. 2: divisions, groups and classes."""
    for code, names in read(folder / "nace_rev2.tsv.gz"):
        level = int(names.pop("level"))
        parent = {2: "", 3: code[:2], 4: code[:4]}.get(level)
        if parent is not None:
            for language, name in names.items():
                yield from _row("nace", code, parent, language, name, ())


def _row(
    scheme: str, code: str, parent: str, language: str, name: str, further: Iterable[str]
) -> Iterator[tuple[str, str, str, str, str, str]]:
    if name:
        yield scheme, code, parent, language, name[:250].strip(), "|".join(different(further, name))


def build(folder: Path) -> int:
    """Write the file and return the number of its rows."""
    rows = sorted((*occupations(folder), *activities(folder)), key=lambda row: (row[0], row[3], row[1]))
    text = "scheme\tcode\tparent\tlang\tpref\talt\n" + "".join("\t".join(row) + "\n" for row in rows)
    TARGET.write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))
    return len(rows)


if __name__ == "__main__":
    sys.stdout.write(f"{build(Path(sys.argv[1]))} rows, {TARGET.stat().st_size} bytes\n")
