"""A small directory for tests: two areas, three countries, a handful of authorities."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection, transaction

from imi.directory import actions
from imi.directory.models import Authority

GUIDES, TEACHERS = "crafts", "schools"  # two areas

ENTRIES = [
    actions.NewAuthority(
        id="pt-nimic",
        kind="national_coordinator",
        country="PT",
        name="Coordenação Nacional",
        city="Lisboa",
        languages=("pt", "en"),
        access={GUIDES: "coordinator", TEACHERS: "coordinator"},
        settings={GUIDES: {"approve_requests": True}},
    ),
    actions.NewAuthority(
        id="pt-guides",
        kind="competent",
        country="PT",
        name="Autoridade das Profissões do Turismo",
        city="Lisboa",
        email="imi@pt-guides.example",
        website="https://pt-guides.example",
        languages=("pt", "fr"),
        texts={
            "pt": ("Profissões do turismo (Lisboa)", "Reconhece guias-intérpretes."),
            "en": ("Tourism professions authority (Lisbon)", "Recognises folk who show strangers around."),
        },
        concepts=(("isco", "5113"), ("nace", "79.11")),
        access={GUIDES: "authority"},
        settings={GUIDES: {"uses_allocation": True}},
        coordinators={GUIDES: ("pt-nimic",)},
        linked=("pt-schools",),
        registers=(
            actions.NewRegister(
                "https://register.pt-guides.example",
                {"pt": ("Registo nacional de guias", ""), "en": ("National register of guides", "")},
                (("isco", "5113"),),
            ),
        ),
    ),
    actions.NewAuthority(
        id="pt-schools",
        kind="competent",
        country="PT",
        name="Direção das Escolas",
        city="Porto",
        languages=("pt",),
        concepts=(("isco", "2341"),),
        access={TEACHERS: "authority"},
    ),
    actions.NewAuthority(
        id="hu-guides",
        kind="competent",
        country="HU",
        name="Kereskedelmi és Idegenforgalmi Hivatal",
        city="Budapest",
        languages=("hu", "en"),
        texts={"hu": ("Idegenvezetői engedélyek hivatala (Budapest)", "")},
        concepts=(("isco", "5113"),),
        access={GUIDES: "authority"},
    ),
    actions.NewAuthority(
        id="el-health",
        kind="competent",
        country="EL",
        name="Υπουργείο Υγείας",
        city="Αθήνα",
        languages=("el",),
        texts={"el": ("Επαγγέλματα υγείας", "Άδειες νοσηλευτών")},
        concepts=(("isco", "22"),),
        access={TEACHERS: "authority"},
    ),
]


@pytest.fixture(scope="module")
def reference(django_db_setup: None, django_db_blocker) -> Iterator[None]:
    """Load the shipped reference data once for a module and take it back afterwards."""
    with django_db_blocker.unblock(), transaction.atomic():
        actions.load_reference_data(2026)
        actions.sync_areas([GUIDES, TEACHERS])
        # Check the references now, or each test would check all of them again at its end.
        connection.check_constraints()
        yield
        transaction.set_rollback(True)


@pytest.fixture
def world(reference: None, db: None) -> dict[str, Authority]:
    """Register the authorities above."""
    return {authority.pk: authority for authority in actions.load_authorities(ENTRIES)}
