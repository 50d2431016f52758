"""The data files of the training world are complete, consistent and safe to publish."""

from __future__ import annotations

import re
from functools import cache
from itertools import chain
from pathlib import Path

import pytest
import yaml

from imi.training.world_files import world_files

WORLD = Path(__file__).resolve().parents[2] / "src" / "imi" / "training" / "world"
COUNTRIES = [
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "EL", "ES", "FI", "FR",
    "HR", "HU", "IE", "IS", "IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO",
    "PL", "PT", "RO", "SE", "SI", "SK",
]  # fmt: skip
AREAS = {"professional-qualifications", "services", "posting-of-workers"}
KINDS = {"national_coordinator", "area_coordinator", "competent"}
ROLES = {"basic", "handler", "allocator", "approver", "data_administrator"}
SETTINGS = {"approve_requests", "approve_replies", "takes_referrals", "uses_allocation"}
PROFESSIONS = {
    "2142", "2151", "2161", "2164", "2165", "2211", "2212", "2221", "2222", "2250", "2261", "2262",
    "2264", "2265", "2266", "2267", "2320", "2330", "2341", "2342", "2352", "2411", "2611", "2634",
    "2635", "3214", "3334", "3422", "5113", "5141", "5165", "7126", "7127", "7133", "7411", "8343",
}  # fmt: skip
ACTIVITY = re.compile(r"\d\d(\.\d\d?)?")
NUTS3 = re.compile(r"[A-Z]{2}[0-9A-Z]{3}")
SLUG = re.compile(r"[a-z]{2}(-[a-z0-9]+)+")
FULL_LANGUAGES = ("en", "hu", "bg", "lt", "pt")
STORY_TEXTS = (
    "topic_words",
    "justification",
    "message_examples",
    "answer_note",
    "clarification",
    "clarification_answer",
    "refusal",
    "referral_reason",
    "forward_comment",
)
REQUIRED = {
    "id", "kind", "name", "informal", "description", "city", "region", "email", "phone",
    "website", "languages", "areas", "users",
}  # fmt: skip
OPTIONAL = {
    "settings", "coordinators", "professions", "activities", "linked", "registers",
    "coordinator_kind", "validator", "access_coordinators", "regions",
}  # fmt: skip
CENTRAL, REGIONAL, BY_AREA = "LI", "ES", "RO"


@cache
def load(name: str):
    return yaml.safe_load((WORLD / name).read_text(encoding="utf-8"))


def authorities(code: str) -> list[dict]:
    return load(f"countries/{code}.yaml")["authorities"]


def everyone() -> list[dict]:
    return [a for code in COUNTRIES for a in authorities(code)]


def test_there_is_one_file_for_each_country():
    assert sorted(p.stem for p in (WORLD / "countries").glob("*.yaml")) == COUNTRIES


def test_ids_are_unique_across_the_world():
    ids = [a["id"] for a in everyone()]
    users = [u["id"] for a in everyone() for u in a["users"]]
    assert len(ids) == len(set(ids))
    assert len(users) == len(set(users))
    assert not set(ids) & set(users)


@pytest.mark.parametrize("code", COUNTRIES)
def test_country_has_the_expected_authorities(code):
    assert load(f"countries/{code}.yaml")["country"] == code
    found = authorities(code)
    kinds = [a["kind"] for a in found]
    assert kinds.count("national_coordinator") == 1
    if code == CENTRAL:
        assert len(found) == 2
    else:
        assert len(found) >= 8
        assert kinds.count("area_coordinator") >= 1
        assert kinds.count("competent") >= 6
    covered = {area for a in found if a["kind"] == "competent" for area in a["areas"]}
    assert covered == AREAS
    named = [(u["given"], u["family"]) for a in found for u in a["users"]]
    assert len(named) == len(set(named)), "two users of one country share a name"
    assert len({a["name"] for a in found}) == len(found)


@pytest.mark.parametrize("code", COUNTRIES)
def test_authorities_follow_the_schema(code):
    for a in authorities(code):
        assert set(a) >= REQUIRED, a["id"]
        assert set(a) <= REQUIRED | OPTIONAL, a["id"]
        assert SLUG.fullmatch(a["id"])
        assert a["id"].startswith(code.lower() + "-")
        assert a["kind"] in KINDS
        assert a["email"].endswith(".example")
        assert a["website"].endswith(".example")
        assert isinstance(a["phone"], str)
        assert a["phone"].startswith("+")
        assert NUTS3.fullmatch(a["region"])
        assert a["region"].startswith(code)
        assert "en" in a["languages"]
        for field in ("informal", "description"):
            assert a[field]["en"]
            assert all(isinstance(v, str) and v.strip() for v in a[field].values())
            assert set(a[field]) <= set(a["languages"]), a["id"]
        assert a["areas"]
        assert set(a["areas"]) <= AREAS
        expected = "authority" if a["kind"] == "competent" else "coordinator"
        assert set(a["areas"].values()) == {expected}
        if a["kind"] == "national_coordinator":
            assert set(a["areas"]) == AREAS
        for area, values in a.get("settings", {}).items():
            assert area in a["areas"]
            assert set(values) <= SETTINGS
            assert all(isinstance(v, bool) for v in values.values())
        assert set(a.get("professions", ())) <= PROFESSIONS
        assert all(ACTIVITY.fullmatch(c) for c in a.get("activities", ()))
        if a["kind"] == "competent":
            assert a.get("professions") or "professional-qualifications" not in a["areas"]
            assert a.get("activities") or "services" not in a["areas"]
        for register in a.get("registers", ()):
            assert register["name"]["en"]
            assert register["url"].endswith(".example")
            assert set(register.get("professions", ())) <= set(a.get("professions", ()))


@pytest.mark.parametrize("language", ["bg", "hu", "lt", "pt"])
def test_authorities_and_registers_have_a_title_in_each_language_of_the_interface(language):
    for one in chain.from_iterable(world_files().countries.values()):
        assert one["informal"].get(language), one["id"]
        assert one["description"].get(language), one["id"]
        assert all(register["name"].get(language) for register in one["registers"]), one["id"]


def test_no_title_is_translated_in_vain():
    written = {text["en"] for one in everyone() for text in (one["informal"], one["description"])}
    written |= {register["name"]["en"] for one in everyone() for register in one.get("registers", ())}
    for file in sorted((WORLD / "titles").glob("*.yaml")):
        assert set(load(f"titles/{file.name}")) <= written


def test_what_a_country_calls_its_own_comes_before_the_translation():
    own = next(one for one in authorities("HU") if one["id"] == "hu-guides")
    made = next(one for one in world_files().countries["HU"] if one["id"] == "hu-guides")
    assert made["informal"]["hu"] == own["informal"]["hu"]
    assert set(made["informal"]) == {"en", "hu", "bg", "lt", "pt"}


@pytest.mark.parametrize("code", COUNTRIES)
def test_references_resolve(code):
    by_id = {a["id"]: a for a in authorities(code)}
    linked_to = set()
    for a in by_id.values():
        if a["kind"] == "competent":
            assert set(a["coordinators"]) == set(a["areas"]), a["id"]
        for area, names in a.get("coordinators", {}).items():
            assert area in a["areas"]
            assert names
            for name in names:
                assert by_id[name]["areas"].get(area) == "coordinator"
                if a["kind"] == "competent":
                    linked_to.add(name)
        for name in a.get("linked", ()):
            assert name in by_id
            assert name != a["id"]
    area_coordinators = {i for i, a in by_id.items() if a["kind"] == "area_coordinator"}
    assert area_coordinators <= linked_to


def coordinators(code: str) -> dict[str, list[dict]]:
    """The coordinators of a country by their kind, where the file names it."""
    found: dict[str, list[dict]] = {}
    for a in authorities(code):
        if a["kind"] != "competent":
            found.setdefault(a.get("coordinator_kind", ""), []).append(a)
    return found


def test_one_country_has_one_desk_for_everything():
    assert list(coordinators(CENTRAL)) == ["nimic"]
    national, desk = authorities(CENTRAL)
    for area in AREAS:
        assert national["settings"][area] == {"approve_requests": True, "approve_replies": True}
        assert desk["settings"][area] == {"uses_allocation": True}
        assert desk["coordinators"][area] == [national["id"]]


def test_one_country_has_coordinators_for_its_regions():
    regional = coordinators(REGIONAL)["sdimic"]
    assert len(regional) >= 3
    held = {a["id"]: a["regions"] for a in regional}
    for a in regional:
        assert set(a["areas"]) == AREAS
        below = [b for b in authorities(REGIONAL) if b.get("validator") == a["id"]]
        assert below
        for b in below:
            assert all(code.startswith(tuple(held[a["id"]])) for code in b["regions"])
            assert b["region"].startswith(tuple(held[a["id"]]))
    codes = [code for one in held.values() for code in one]
    assert len(codes) == len(set(codes))
    assert {one["holder"] for one in load(f"countries/{REGIONAL}.yaml")["delegations"]} == {
        a["id"] for a in coordinators(REGIONAL)["dimic"]
    }


def test_one_country_has_a_coordinator_for_each_area():
    by_area = coordinators(BY_AREA)["limic"]
    assert sorted(area for a in by_area for area in a["areas"]) == sorted(AREAS)
    ids = {a["id"] for a in by_area}
    for a in authorities(BY_AREA):
        if a["kind"] == "competent":
            assert a["validator"] in ids
            assert {one for chosen in a["coordinators"].values() for one in chosen} <= ids


@pytest.mark.parametrize("code", COUNTRIES)
def test_delegations_name_coordinators_of_the_country_and_their_areas(code):
    by_id = {a["id"]: a for a in authorities(code)}
    for one in load(f"countries/{code}.yaml").get("delegations", ()):
        assert set(one) <= {"holder", "task", "area", "region"}
        assert by_id[one["holder"]]["kind"] == "area_coordinator"
        assert one.get("area", "") in {"", *by_id[one["holder"]]["areas"]}
        assert one.get("region", code).startswith(code)


@pytest.mark.parametrize("code", COUNTRIES)
def test_users_can_do_the_work_of_their_authority(code):
    for a in authorities(code):
        assert 2 <= len(a["users"]) <= (8 if code == CENTRAL else 4)
        assert any(u.get("administrator") for u in a["users"])
        for area in a["areas"]:
            roles = [u["roles"].get(area, []) for u in a["users"]]
            assert any("handler" in r for r in roles), (a["id"], area)
            settings = a.get("settings", {}).get(area, {})
            if settings.get("uses_allocation"):
                assert any("allocator" in r for r in roles), (a["id"], area)
            if a["kind"] != "competent":
                assert any("approver" in r for r in roles), (a["id"], area)
        for u in a["users"]:
            assert u["id"].startswith(a["id"] + "-")
            assert u["given"].strip()
            assert u["family"].strip()
            assert u["language"] in a["languages"]
            assert set(u["roles"]) <= set(a["areas"])
            given = {r for rs in u["roles"].values() for r in rs}
            assert given
            assert given <= ROLES
            if a["kind"] == "competent":
                assert not given & {"approver", "data_administrator"}


def test_settings_show_the_variety_of_practice():
    used = {
        (k, v)
        for a in everyone()
        for s in a.get("settings", {}).values()
        for k, v in s.items()
    }  # fmt: skip
    assert {
        ("approve_requests", True),
        ("approve_replies", True),
        ("takes_referrals", False),
        ("uses_allocation", True),
    } <= used
    mixed = [
        u for a in everyone() for u in a["users"]
        if any("handler" in r for r in u["roles"].values()) and ["basic"] in u["roles"].values()
    ]  # fmt: skip
    assert len(mixed) >= 10


@pytest.mark.parametrize(("code", "pattern"), [("EL", "[Ͱ-Ͽἀ-῿]"), ("CY", "[Ͱ-Ͽἀ-῿]"), ("BG", "[Ѐ-ӿ]")])
def test_names_use_the_national_script(code, pattern):
    for a in authorities(code):
        assert re.search(pattern, a["name"])
        for u in a["users"]:
            assert not re.search("[A-Za-z]", u["given"] + u["family"]), u["id"]


def test_the_authorities_of_the_demonstration_exist():
    by_id = {a["id"]: a for a in everyone()}
    for name in ("hu-guides", "pt-guides", "pt-porto-guides"):
        assert "5113" in by_id[name]["professions"]
    assert "2330" in by_id["pt-education"]["professions"]
    area = "professional-qualifications"
    assert by_id["hu-guides"]["coordinators"][area] == ["hu-pq-coord"]
    assert by_id["pt-guides"]["coordinators"][area] == ["pt-pq-coord"]
    users = {u["id"]: u for a in by_id.values() for u in a["users"]}
    agnes, joao = users["hu-guides-1"], users["pt-guides-1"]
    assert (agnes["given"], agnes["family"], agnes["language"]) == ("Ágnes", "Kovács", "hu")
    assert (joao["given"], joao["family"], joao["language"]) == ("João", "Almeida", "pt")
    assert "handler" in agnes["roles"][area]
    lisbon = [u["roles"][area] for u in by_id["pt-guides"]["users"]]
    assert sum("handler" in r for r in lisbon) >= 2
    assert sum("allocator" in r for r in lisbon) >= 1


def test_names_for_subjects_are_complete():
    names = load("names.yaml")
    assert sorted(names) == COUNTRIES
    for entry in names.values():
        for part in ("given", "family"):
            for sex in ("f", "m"):
                assert len(set(entry[part][sex])) == 12
        assert len(set(entry["companies"])) == 8
        assert len(entry["addresses"]) == 6
        assert all(a["city"] and a["street"] for a in entry["addresses"])


def test_stories_are_complete_and_translated():
    stories = load("stories.yaml")["stories"]
    ids = [s["id"] for s in stories]
    assert len(ids) == len(set(ids))
    for area in AREAS:
        assert sum(s["area"] == area for s in stories) >= 12
    for s in stories:
        assert s["subject"] in {"person", "company"}
        if s["area"] == "professional-qualifications":
            assert s["profession"] in PROFESSIONS
            assert s["list"] in {"general", "establishment", "temporary"}
        else:
            assert ACTIVITY.fullmatch(s["activity"])
            assert "list" not in s
        assert s["attachment_names"]
        assert all(re.fullmatch(r"[\w.-]+\.(pdf|jpg|png|docx)", n) for n in s["attachment_names"])
        for field in STORY_TEXTS:
            for language in FULL_LANGUAGES:
                value = s[field][language]
                assert value, (s["id"], field, language)
                texts = [value] if isinstance(value, str) else value
                assert all(isinstance(t, str) and t.strip() for t in texts)


def test_every_story_finds_a_competent_authority():
    for s in load("stories.yaml")["stories"]:
        field, code = ("professions", s["profession"]) if "profession" in s else ("activities", s["activity"])
        countries = {
            a["id"][:2]
            for a in everyone()
            if a["kind"] == "competent" and s["area"] in a["areas"] and code in a.get(field, ())
        }
        assert len(countries) >= 2, s["id"]
