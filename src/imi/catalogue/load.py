"""The files of a folder as definition objects, every fault with its file, line, rule and cure.

Layout: ``lifecycles/<lifecycle>.yaml``, and for each policy area ``<area>/area.yaml``, ``<area>/<procedure>.yaml`` and
the question sets that the procedures name. Translations lie in ``locale/<language>.po`` beside them
(:mod:`imi.catalogue.texts`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Generic, TypeVar, Union, get_args, get_origin

from pydantic import ValidationError

from imi.catalogue.fault import Fault, Path_, shown
from imi.catalogue.tree import Tree, read_bytes
from imi.core.definition import Area, Definition, Lifecycle, Procedure, QuestionSet
from imi.core.lint_rules.finding import choose
from imi.core.notation import Model
from imi.core.wording import reworded

M = TypeVar("M", bound=Model)

LIFECYCLES = "lifecycles"
SCHEMAS = "schema"
AREA_FILE = "area.yaml"
_SUFFIXES = (".yaml", ".yml")
_SHOWN_VALUE = 40

# What the validator's commonest complaints mean to somebody who writes YAML, and what to do.
_WANTED = {
    "tuple_type": ("it must be a list", "Begin each element with a hyphen, or put square brackets round them."),
    "dict_type": ("it must have keys", "Write 'key: value' below it, or put braces round them."),
    "model_type": ("it must have keys", "Write 'key: value' below it, or put braces round them."),
    "string_type": ("it must be text", "Write text; a number or true and false need quotation marks to be text."),
    "int_type": ("it must be a whole number", "Write digits, without quotation marks."),
    "int_parsing": ("it must be a whole number", "Write digits, without quotation marks."),
    "bool_type": ("it must be true or false", "Write true or false."),
    "bool_parsing": ("it must be true or false", "Write true or false."),
    "string_too_short": ("it is empty", "Write something, or leave the key out."),
    "string_too_long": ("it is too long", "Shorten it."),
}


@dataclass
class Source(Generic[M]):
    """One file: its data, and the object made of it (None while the file has faults)."""

    path: Path
    tree: Tree
    model: M | None = None
    faults: list[Fault] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The file's name without its ending, which is also the id of what it holds."""
        return self.path.stem


@dataclass
class AreaSource:
    """The folder of one policy area."""

    path: Path
    area: Source[Area]
    procedures: dict[str, Source[Procedure]] = field(default_factory=dict)
    questions: dict[str, Source[QuestionSet]] = field(default_factory=dict)  # by file name


@dataclass
class Folder:
    """Everything read from a folder; ``faults`` are those of the reading itself."""

    root: Path
    areas: dict[str, AreaSource] = field(default_factory=dict)
    lifecycles: dict[str, Source[Lifecycle]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def joined(self) -> Iterator[Joined]:
        """The procedures whose four parts could all be read, in order of their ids."""
        for area in self.areas.values():
            for procedure in area.procedures.values():
                joined = self._join(area, procedure)
                if joined is not None:
                    yield joined

    def _join(self, area: AreaSource, procedure: Source[Procedure]) -> Joined | None:
        if area.area.model is None or procedure.model is None:
            return None
        lifecycle = self.lifecycles.get(procedure.model.lifecycle)
        if lifecycle is None or lifecycle.model is None:
            return None
        questions = None
        if procedure.model.questions is not None:
            questions = area.questions.get(procedure.model.questions)
            if questions is None or questions.model is None:
                return None
        definition = Definition(
            area=area.area.model,
            procedure=procedure.model,
            lifecycle=reworded(lifecycle.model, procedure.model.words),
            questions=questions.model if questions else None,
        )
        return Joined(definition, area, procedure, lifecycle, questions)


@dataclass(frozen=True)
class Joined:
    """A definition with the files it was made of."""

    definition: Definition
    area: AreaSource
    procedure: Source[Procedure]
    lifecycle: Source[Lifecycle]
    questions: Source[QuestionSet] | None

    def source(self, part: str) -> Source[Any]:
        """The file of a part: ``area``, ``procedure``, ``lifecycle`` or ``questions``."""
        if part == "area":
            return self.area.area
        found: Source[Any] | None = getattr(self, part)
        return found or self.procedure


def read_folder(root: Path) -> Folder:
    """Read every definition file below ``root``."""
    folder = Folder(root)
    if not root.is_dir():
        folder.faults.append(
            Fault(root.as_posix(), 1, 1, "file-missing", "There is no such folder.", "Name the folder of procedures.")
        )
        return folder
    for path in _yaml_files(root / LIFECYCLES):
        lifecycle = read_file(path, Lifecycle, root)
        _demand_name(lifecycle, "lifecycle")
        folder.lifecycles[lifecycle.name] = lifecycle
        folder.faults += lifecycle.faults
    for path in sorted(root.iterdir()):
        if path.is_dir() and path.name not in (LIFECYCLES, SCHEMAS) and not path.name.startswith((".", "_")):
            area = _read_area(path, folder)
            folder.areas[path.name] = area
    return folder


def read_file(path: Path, model: type[M], root: Path, inherited: Mapping[str, Any] | None = None) -> Source[M]:
    """Read one file.

    Args:
        path: the file.
        model: what it holds.
        root: the folder of procedures, for the name shown in messages.
        inherited: values for keys that the file itself does not give.
    """
    source = _read_tree(path, root)
    if not source.faults:
        validate(source, model, inherited or {})
    return source


def validate(source: Source[M], model: type[M], inherited: Mapping[str, Any]) -> None:
    """Make the object of ``source``, or note why it cannot be made."""
    data = source.tree.data
    if not isinstance(data, dict):
        fault = source.tree.fault((), "wrong-value", "The file holds no keys.", "Begin with a key and a colon.")
        source.faults.append(fault)
        return
    given = {**inherited, **data}
    try:
        source.model = model.model_validate(given)
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_context=True):
            source.faults.append(_explained(source.tree, model, detail))


def _read_tree(path: Path, root: Path) -> Source[Any]:
    file = shown(path, root)
    try:
        raw = path.read_bytes()
    except OSError as error:
        message = f"The file cannot be read: {error.strerror}."
        return Source(path, Tree(file), faults=[Fault(file, 1, 1, "file-missing", message, "Create it.")])
    tree, faults = read_bytes(raw, file)
    return Source(path, tree, faults=faults)


def _read_area(path: Path, folder: Folder) -> AreaSource:
    area = read_file(path / AREA_FILE, Area, folder.root)
    _demand_name(area, "area", expected=path.name)
    found = AreaSource(path, area)
    others: dict[str, Source[Any]] = {}
    for file in _yaml_files(path):
        if file.name == AREA_FILE:
            continue
        source = _read_tree(file, folder.root)
        if isinstance(source.tree.data, dict) and "procedure" in source.tree.data:
            validate(source, Procedure, {})
            _demand_name(source, "procedure")
            found.procedures[file.stem] = source
        else:
            others[file.name] = source
    _take_questions(found, others, folder)
    folder.faults += area.faults
    for source in (*found.procedures.values(), *others.values()):
        folder.faults += source.faults
    return found


def _take_questions(area: AreaSource, others: Mapping[str, Source[Any]], folder: Folder) -> None:
    """Read the question sets that procedures name; fault those that are missing, and files nobody names."""
    reasons = area.area.tree.data.get("cannot_say_reasons") if isinstance(area.area.tree.data, dict) else None
    # Nobody knows what a broken area file would have given; one fault must not look like two.
    inherited = {"cannot_say_reasons": reasons or []} if reasons or area.area.faults else {}
    for procedure in area.procedures.values():
        _demand_lifecycle(procedure, folder)
        wanted = procedure.model.questions if procedure.model else None
        if wanted is None or wanted in area.questions:
            continue
        source = others.get(wanted)
        if source is None:
            message = f"There is no file {wanted!r} beside this one."
            cure = "Name a file of this folder, or create it."
            procedure.faults.append(procedure.tree.fault(("questions",), "unknown-reference", message, cure))
            continue
        if not source.faults:
            validate(source, QuestionSet, inherited)
        area.questions[wanted] = source
    broken = any(procedure.model is None for procedure in area.procedures.values())
    for name, source in others.items():
        if name not in area.questions and not source.faults and not broken:
            message = "No procedure of this folder uses the file."
            cure = f"Begin it with 'procedure:', name it in a procedure's key 'questions', or delete {name}."
            source.faults.append(source.tree.fault((), "file-unused", message, cure))


def _demand_lifecycle(procedure: Source[Procedure], folder: Folder) -> None:
    if procedure.model and procedure.model.lifecycle not in folder.lifecycles:
        message = f"There is no lifecycle {procedure.model.lifecycle!r}."
        cure = choose(procedure.model.lifecycle, folder.lifecycles)
        procedure.faults.append(procedure.tree.fault(("lifecycle",), "unknown-reference", message, cure))


def _demand_name(source: Source[Any], key: str, expected: str | None = None) -> None:
    """Fault an id that is not the name of its file (or folder), for people look for it there."""
    expected = expected or source.name
    if source.model is not None and getattr(source.model, key) != expected:
        message = f"The {key} is called {getattr(source.model, key)!r} here, but its file says {expected!r}."
        source.faults.append(source.tree.fault((key,), "name-mismatch", message, "Give both the same name."))


def _yaml_files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.is_file() and path.suffix in _SUFFIXES)


def _explained(tree: Tree, model: type[Model], detail: Any) -> Fault:
    """Turn a message of the validator into a fault with rule, place and cure."""
    path: Path_ = tuple(detail["loc"])
    kind, last = detail["type"], path[-1] if path else ""
    if kind == "extra_forbidden":
        known = _keys_at(model, path[:-1])
        return tree.fault(path, "unknown-key", f"The key {last!r} means nothing here.", choose(str(last), known))
    if kind == "missing":
        around = _described(path[:-1])
        return tree.fault(path, "missing-key", f"The key {last!r} is missing{around}.", f"Add '{last}:'.")
    given = str(detail.get("input"))
    quoted = given if len(given) <= _SHOWN_VALUE else f"{given[:_SHOWN_VALUE]}…"
    context = detail.get("ctx", {})
    if kind == "literal_error":
        return tree.fault(
            path, "wrong-value", f"{quoted!r} is not allowed for {_named(path)}.", f"Write {context['expected']}."
        )
    if kind == "string_pattern_mismatch":
        cure = "Begin with a small letter; then only small letters, digits and " + (
            "underscores." if "_]" in str(context.get("pattern", "")) else "hyphens."
        )
        return tree.fault(path, "wrong-value", f"{quoted!r} is no id.", cure)
    wanted, cure = _WANTED.get(kind, (f"{detail['msg'][0].lower()}{detail['msg'][1:]}", "Correct the value."))
    return tree.fault(path, "wrong-value", f"{_named(path)} cannot be {quoted!r}: {wanted}.", cure)


def _named(path: Path_) -> str:
    words = [str(step) for step in path if isinstance(step, str) and step != "[key]"]
    return repr(words[-1]) if words else "The file"


def _described(path: Path_) -> str:
    words = [str(step + 1) if isinstance(step, int) else step for step in path]
    return f" in {' '.join(words)}" if words else ""


def _keys_at(annotation: Any, path: Path_) -> list[str]:
    """The keys that are allowed at ``path`` below a model."""
    for step in path:
        annotation = _below(annotation, step)
    model = _unwrapped(annotation)
    if isinstance(model, type) and issubclass(model, Model):
        return [field.alias or name for name, field in model.model_fields.items()]
    return []


def _below(annotation: Any, step: str | int) -> Any:
    inner = _unwrapped(annotation)
    if isinstance(inner, type) and issubclass(inner, Model):
        for name, info in inner.model_fields.items():
            if step in (name, info.alias):
                return info.annotation
        return None
    arguments = get_args(inner)
    if get_origin(inner) is dict:
        return arguments[1]
    return arguments[0] if arguments else None


def _unwrapped(annotation: Any) -> Any:
    """The type inside ``Annotated[…]`` and ``… | None``."""
    while True:
        origin = get_origin(annotation)
        if origin is Annotated:
            annotation = get_args(annotation)[0]
        elif origin in (Union, UnionType):
            annotation = next(inner for inner in get_args(annotation) if inner is not type(None))
        else:
            return annotation
