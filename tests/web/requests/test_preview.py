"""The preview shows what was drafted, and nothing that its reader may not see yet."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.requests.test_faults import sent

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("action", ["accept", "withdraw", "message"])
def test_nobody_previews_what_an_action_would_disclose(browsers: Any, action: str) -> None:
    number = sent(browsers("asker"))
    for name in ("asker", "answerer"):
        answer = browsers(name).get(f"/requests/{number}/preview/", {"action": action}, follow=True)
        assert answer.status_code == 404
        assert "Kovács Ilona" not in answer.content.decode()
