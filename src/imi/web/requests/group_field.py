"""A repeatable group: as many rows of the same fields as are needed."""

from __future__ import annotations

from typing import Any

from imi.core.refusal import FieldError
from imi.web.requests.fields import Ask, Control, DrawnForm, Maker, Place
from imi.web.requests.scene import Scene, Sent, id_of

MOST_ROWS = 50


class Group(Control):
    """Rows of fields. A row with nothing in it is dropped; a press of a button draws one more."""

    drawn_as = "group"

    def __init__(self, asked: Ask, path: tuple[str, ...], scene: Scene, maker: Maker) -> None:
        super().__init__(asked, path, scene)
        self._maker = maker
        self.rows: list[list[Control]] = []
        self.more = "row:" + "--".join(path)

    def _row(self, number: int) -> list[Control]:
        return [self._maker(inner, (*self.path, str(number), inner.field.id), self.scene) for inner in self.ask.inner]

    def read(self, sent: Sent) -> Any:
        """The rows in which something was filled in."""
        count = sent.one(*self.path, "rows")
        rows = []
        for number in range(min(int(count), MOST_ROWS) if count.isdecimal() else 0):
            values = {one.field.id: one.read(sent) for one in self._row(number)}
            filled = {key: value for key, value in values.items() if value not in ("", [], {})}
            if filled:
                rows.append(filled)
        return rows

    def draw(self, form: DrawnForm, value: Any) -> None:
        """Draw every row, and an empty one if there is none or one more was asked for."""
        given = [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []
        wants_more = self.scene.sent is not None and self.scene.sent.button == self.more
        blank = 1 if wants_more or not given else 0
        for number, row in enumerate([*given[:MOST_ROWS], *({} for _ in range(blank))]):
            controls = self._row(number)
            for one in controls:
                one.draw(form, row.get(one.field.id))
            self.rows.append(controls)

    def tell(self, form: DrawnForm, error: FieldError, message: str) -> Place:
        """Show a fault at the row and field that it names, otherwise above the rows."""
        number = error.params.get("row")
        if isinstance(number, int) and 0 < number <= len(self.rows):
            inner = str(error.params.get("field", ""))
            row = self.rows[number - 1]
            target = next((one for one in row if one.field.id == inner), row[0])
            return target.tell(form, error, message)
        self.errors.append(message)
        return Place(self.id, self.ask.name)

    @property
    def count(self) -> int:
        """How many rows are drawn."""
        return len(self.rows)

    @property
    def id(self) -> str:
        """The id of the box around the rows."""
        return id_of(*self.path)
