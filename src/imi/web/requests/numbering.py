"""Numbers of questions: the same for the one who asks and the one who answers, before and after the answer."""

from __future__ import annotations

from imi.core.compiled import Compiled
from imi.core.definition import Question


class Numbering:
    """Numbers the questions of one exchange in the order in which they come: 1, 2, 3.

    A question that an answer opens is numbered by its place below the one that opens it (1.1, 1.2), whether or not its
    neighbours are shown, so that both sides mean the same question by the same number.
    """

    def __init__(self, compiled: Compiled) -> None:
        """Begin with one."""
        self._compiled = compiled
        self._found: dict[str, str] = {}
        self._asked = 0

    def of(self, question: Question, depth: int) -> str:
        """The number of the next question.

        Args:
            depth: 0 for a question that was asked, more for one that an answer opens.
        """
        if depth == 0 or question.follows is None:
            self._asked += 1
            number = str(self._asked)
        else:
            opener = question.follows.question
            place = [one.id for one in self._compiled.follow_ups[opener]].index(question.id) + 1
            number = f"{self._found.get(opener, self._asked)}.{place}"
        self._found[question.id] = number
        return number
