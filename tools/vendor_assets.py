#!/usr/bin/env python3
"""Re-create the third-party files served from src/imi/web/static/vendor/.

Run it from a checkout with the development requirements installed and npm on the path:

    python tools/vendor_assets.py            fetch the pinned packages and write the files
    python tools/vendor_assets.py --check    only compare the files with the manifest

What it takes, and what it changes:

* ECL (Europa Component Library, EC preset): the style sheet. Its two @font-face rules name a remote
  host first, so they are removed; icons.css declares the local font instead.
* Inter, the font in the same package: only the upright face, only the weights 400 to 700, and only
  the letters of the official languages, split into a Latin file and a Greek-and-Cyrillic file that a
  browser fetches only when the page needs it.
* ECL icons: about fifty of them in one picture, drawn through CSS masks. ECL 5 has the markup
  (`wt-icon--NAME ecl-icon`) but leaves the drawing to a hosted service, which we do not use. One picture
  and not one file each, so that a page costs one request; and not data: addresses, because the
  content security policy refuses them.
* htmx: the minified script.

No emblem or logo of an institution is taken: they are trademarks. ECL's own script is not taken
either: native controls and imi.js do what the pages need.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "src" / "imi" / "web" / "static" / "vendor"
MANIFEST = TARGET / "MANIFEST.json"

PACKAGES = {
    "ecl": ("@ecl/preset-ec", "5.3.1", "EUPL-1.2"),
    "icons": ("@ecl/resources-icons", "4.11.0", "EUPL-1.2"),
    "htmx": ("htmx.org", "2.0.11", "0BSD"),
}

#: Icons the templates may use. Add a name here, run the tool, commit the result.
ICONS = [
    "arrow-left",
    "book",
    "calendar",
    "chain",
    "check",
    "check-filled",
    "clock",
    "clock-filled",
    "close",
    "close-outline",
    "copy",
    "corner-arrow",
    "data",
    "document",
    "download",
    "edit",
    "email",
    "error",
    "error-outline",
    "external",
    "eye",
    "faq",
    "feedback",
    "file",
    "folder",
    "global",
    "growth",
    "hamburger",
    "information",
    "information-outline",
    "list",
    "log-in",
    "logged-in",
    "minus",
    "multiple-files",
    "notification",
    "organigram",
    "package",
    "pause-outline",
    "plus",
    "print",
    "regulation",
    "search",
    "settings",
    "share",
    "solid-arrow",
    "sort-carets",
    "spinner",
    "star-filled",
    "star-outline",
    "tag",
    "trash",
    "upload",
    "warning",
    "warning-outline",
]
#: Names that ECL 5 markup uses for icons that the icon package calls something else.
ICON_ALIASES = {"success-outline": "check-filled", "user": "logged-in"}

FONT_RANGES = {
    "inter-latin": (
        "U+0020-007E,U+00A0-017F,U+018F,U+0192,U+0218-021B,U+0259,U+02C6-02DD,U+1E9E,"
        "U+2010-2027,U+2030-203A,U+20AC,U+2122,U+2190-2193,U+2212,U+2260,U+2264-2265,U+2713,U+2715"
    ),
    "inter-greek-cyrillic": "U+0370-03FF,U+0400-045F,U+0490-0491",
}
FONT_FEATURES = ["kern", "liga", "calt", "ccmp", "locl", "mark", "mkmk", "tnum", "case"]


def npm_pack(package: str, version: str, into: Path) -> Path:
    """Fetch one package with npm and unpack it; returns the folder of its files."""
    into.mkdir(parents=True)
    out = subprocess.run(
        ["npm", "pack", "--silent", f"{package}@{version}"],
        cwd=into,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    with tarfile.open(into / out[-1]) as archive:
        archive.extractall(into, filter="data")
    return into / "package"


def write(path: Path, content: bytes | str) -> None:
    """Write a file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


def build_css(source: Path) -> None:
    """Copy the style sheet without its remote fonts."""
    css = (source / "dist/styles/ecl-ec.css").read_text()
    css, removed = re.subn(r"@font-face\{[^}]*\}", "", css)
    if removed != 2:
        raise SystemExit(f"expected 2 @font-face rules in ecl-ec.css, found {removed}")
    css = re.sub(r"/\*# sourceMappingURL=.*?\*/", "", css)
    remote = re.findall(r"url\(\s*['\"]?(?:https?:)?//[^)]*\)", css)
    if remote:
        raise SystemExit(f"ecl-ec.css still asks another host: {remote}")
    write(TARGET / "ecl/styles/ecl-ec.css", css)


def build_fonts(source: Path) -> None:
    """Cut the font to the weights and letters that the pages use."""
    from fontTools import subset
    from fontTools.ttLib import TTFont
    from fontTools.varLib import instancer

    font = TTFont(source / "dist/fonts/InterVariable.woff2", recalcTimestamp=False)
    font = instancer.instantiateVariableFont(font, {"opsz": 14, "wght": (400, 400, 700)})
    whole = io.BytesIO()
    font.save(whole)
    for name, ranges in FONT_RANGES.items():
        options = subset.Options(flavor="woff2", layout_features=FONT_FEATURES, hinting=False)
        part = TTFont(io.BytesIO(whole.getvalue()), recalcTimestamp=False)
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=subset.parse_unicodes(ranges))
        subsetter.subset(part)
        part.flavor = "woff2"
        out = io.BytesIO()
        part.save(out)
        write(TARGET / f"ecl/fonts/{name}.woff2", out.getvalue())


def build_icons(source: Path) -> None:
    """Put the icons in one picture and write the sheet that shows them."""
    cells = []
    for place, name in enumerate(ICONS):
        svg = (source / f"dist/svg/all/{name}.svg").read_text()
        match = re.search(r'<svg[^>]*viewBox="([^"]+)"[^>]*>(.*)</svg>', svg, re.DOTALL)
        if not match:
            raise SystemExit(f"{name}.svg has no viewBox")
        view, body = match.groups()
        cells.append(f'<svg x="{place * 48}" width="48" height="48" viewBox="{view}">{body.strip()}</svg>')
    count = len(ICONS)
    write(
        TARGET / "ecl/icons/icons.svg",
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{48 * count}" height="48" '
        f'viewBox="0 0 {48 * count} 48">\n' + "\n".join(cells) + "\n</svg>\n",
    )
    css = [
        "/* Written by tools/vendor_assets.py: the local font and the icons (one picture, used as",
        "   a mask). */",
    ]
    for name, ranges in FONT_RANGES.items():
        css.append(
            "@font-face{font-family:Inter;font-style:normal;font-weight:400 700;font-display:swap;"
            f'src:url(../fonts/{name}.woff2) format("woff2");unicode-range:{ranges}}}'
        )
    css.append(
        # no weight in the selector, so that ECL's size classes and imi.css can override it
        ":where([class*=wt-icon--]){--icon:0;display:inline-block;flex-shrink:0;"
        "width:1.25rem;height:1.25rem;background-color:currentcolor;"
        "-webkit-mask-image:url(../icons/icons.svg);mask-image:url(../icons/icons.svg);"
        "-webkit-mask-repeat:no-repeat;mask-repeat:no-repeat;"
        f"-webkit-mask-size:{count * 100}% 100%;mask-size:{count * 100}% 100%;"
        f"-webkit-mask-position:calc(var(--icon)*100%/{count - 1}) 0;"
        f"mask-position:calc(var(--icon)*100%/{count - 1}) 0}}"
    )
    css.append(
        "@media (forced-colors:active){[class*=wt-icon--]{forced-color-adjust:none;"
        "background-color:CanvasText}a [class*=wt-icon--]{background-color:LinkText}"
        "button [class*=wt-icon--]{background-color:ButtonText}}"
    )
    for place, name in enumerate(ICONS):
        if place:
            css.append(f".wt-icon--{name}{{--icon:{place}}}")
    for alias, name in ICON_ALIASES.items():
        css.append(f".wt-icon--{alias}{{--icon:{ICONS.index(name)}}}")
    write(TARGET / "ecl/styles/icons.css", "\n".join(css) + "\n")


def digest(path: Path) -> str:
    """The SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def vendored_files() -> list[Path]:
    """Every file in the vendor folder but the manifest."""
    return sorted(p for p in TARGET.rglob("*") if p.is_file() and p != MANIFEST)


def write_manifest() -> None:
    """Write down what is in the vendor folder."""
    manifest = {
        "packages": [
            {"name": name, "version": version, "licence": licence} for name, version, licence in PACKAGES.values()
        ]
        + [{"name": "Inter (subset)", "version": "4.1", "licence": "OFL-1.1"}],
        "files": {
            p.relative_to(TARGET).as_posix(): {"sha256": digest(p), "bytes": p.stat().st_size} for p in vendored_files()
        },
    }
    write(MANIFEST, json.dumps(manifest, indent=1) + "\n")


def check() -> list[str]:
    """Differences between the vendored files and the manifest, as sentences."""
    files = json.loads(MANIFEST.read_text())["files"]
    found = {p.relative_to(TARGET).as_posix(): p for p in vendored_files()}
    problems = [f"{name} is in the manifest but missing" for name in files if name not in found]
    for name, path in found.items():
        if name not in files:
            problems.append(f"{name} is not in the manifest")
        elif digest(path) != files[name]["sha256"]:
            problems.append(f"{name} has been changed")
    return problems


def main() -> int:
    """Fetch and write the files, or only check them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare only, write nothing")
    if parser.parse_args().check:
        problems = check()
        print("\n".join(problems) or "All vendored files are as the manifest says.")
        return bool(problems)
    if not (TARGET / "licences/OFL-1.1.txt").is_file():
        raise SystemExit("licences/OFL-1.1.txt is missing: no package carries it, restore it")
    with tempfile.TemporaryDirectory() as scratch:
        sources = {
            key: npm_pack(name, version, Path(scratch) / key) for key, (name, version, _licence) in PACKAGES.items()
        }
        for folder in ("ecl", "htmx"):
            shutil.rmtree(TARGET / folder, ignore_errors=True)
        build_css(sources["ecl"])
        build_fonts(sources["ecl"])
        build_icons(sources["icons"])
        write(TARGET / "htmx/htmx.min.js", (sources["htmx"] / "dist/htmx.min.js").read_bytes())
        for key in PACKAGES:
            write(TARGET / f"licences/{key}.txt", (sources[key] / "LICENSE").read_bytes())
    write_manifest()
    for path in vendored_files():
        print(f"{path.stat().st_size:>8}  {path.relative_to(TARGET)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
