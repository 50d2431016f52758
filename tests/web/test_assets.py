"""The vendored style sheet, font, icons and script are what the manifest says, and ask no other host."""

import importlib.util
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WEB = ROOT / "src" / "imi" / "web"
VENDOR = WEB / "static" / "vendor"


def load_tool():
    spec = importlib.util.spec_from_file_location("vendor_assets", ROOT / "tools/vendor_assets.py")
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    return tool


def test_every_vendored_file_has_the_hash_in_the_manifest():
    assert load_tool().check() == []


def test_every_package_is_listed_with_its_licence():
    manifest = json.loads((VENDOR / "MANIFEST.json").read_text())
    assert {p["licence"] for p in manifest["packages"]} == {"EUPL-1.2", "0BSD", "OFL-1.1"}
    assert {p.name for p in (VENDOR / "licences").iterdir()} == {
        "ecl.txt",
        "icons.txt",
        "htmx.txt",
        "OFL-1.1.txt",
    }


@pytest.mark.parametrize("sheet", sorted((WEB / "static").rglob("*.css")), ids=lambda p: p.name)
def test_no_style_sheet_asks_another_host(sheet):
    assert not re.findall(r"(?:url\(|@import)\s*['\"]?\s*(?:https?:)?//", sheet.read_text())


@pytest.mark.parametrize("sheet", [VENDOR / "ecl/styles/icons.css", WEB / "static/imi/imi.css"], ids=lambda p: p.name)
def test_every_local_address_in_our_style_sheets_leads_to_a_file(sheet):
    for address in re.findall(r"url\(\s*['\"]?([^)'\"]+)", sheet.read_text()):
        assert (sheet.parent / address.split("#")[0]).is_file(), address


def test_our_script_stays_small():
    assert len((WEB / "static/imi/imi.js").read_bytes()) <= 6 * 1024


def test_every_icon_named_in_a_template_is_in_the_picture():
    tool = load_tool()
    known = set(tool.ICONS) | set(tool.ICON_ALIASES)
    used = set()
    for template in (WEB / "templates").rglob("*.html"):
        used |= set(re.findall(r"wt-icon--([a-z-]+)|\bicon=\"([a-z-]+)\"", template.read_text()))
    assert {name for pair in used for name in pair if name} <= known


def test_no_template_has_inline_script_or_style():
    for template in (WEB / "templates").rglob("*.html"):
        text = re.sub(r"{#.*?#}", "", template.read_text(), flags=re.S)
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", text), template
        for tag in re.findall(r"<script[^>]*>", text):
            assert "src=" in tag, template
