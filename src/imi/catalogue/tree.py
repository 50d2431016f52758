"""YAML text to plain data, with the line of every value.

The files come from people who may be careless and, in an import, from people who may be hostile. So the text is
read as a stream of events with an explicit stack (no recursion, nothing built before it is counted), and only what
a definition needs is understood: mappings, sequences, strings, whole numbers, decimals, ``true``, ``false``, null.

The scalars follow YAML 1.2: ``NO`` is a country and not a refusal, ``012`` and ``2026-01-01`` and ``12:30`` are
strings. Aliases, tags and repeated keys are refused, and so is anything larger than a definition can sensibly be.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from imi.catalogue.fault import Fault, Path_

MAX_BYTES = 512 * 1024
MAX_DEPTH = 32
MAX_NODES = 50_000

_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})\Z")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,14})\.[0-9]{1,15}\Z")
_NULL = frozenset({"", "~", "null"})
_BOOLEAN = {"true": True, "false": False}

_Scalar = str | int | float | bool | None


@dataclass
class Tree:
    """The data of one file, and where each value and each key of it stands."""

    file: str
    data: Any = None
    places: dict[Path_, tuple[int, int]] = field(default_factory=dict)

    def place(self, path: Path_) -> tuple[int, int]:
        """Return line and column of ``path``, or of the nearest thing around it that stands in the file."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, (1, 1))

    def fault(self, path: Path_, rule: str, message: str, cure: str) -> Fault:
        """Return a fault at ``path``."""
        line, column = self.place(path)
        return Fault(self.file, line, column, rule, message, cure)


class _ReadError(Exception):
    """The text breaks a rule of this reader."""

    def __init__(self, mark: Any, rule: str, message: str, cure: str) -> None:
        self.line = mark.line + 1 if mark else 1
        self.column = mark.column + 1 if mark else 1
        self.rule, self.message, self.cure = rule, message, cure
        super().__init__(message)


@dataclass
class _Open:
    """A mapping or sequence that is being read."""

    value: dict[str, Any] | list[Any]
    path: Path_
    key: str | None = None

    def next_path(self) -> Path_:
        """Return the path of the value that comes next."""
        if isinstance(self.value, list):
            return (*self.path, len(self.value))
        return (*self.path, self.key or "")

    def add(self, value: Any) -> None:
        """Put ``value`` where it belongs."""
        if isinstance(self.value, list):
            self.value.append(value)
        else:
            self.value[self.key or ""] = value
            self.key = None


def read_text(text: str, file: str) -> tuple[Tree, list[Fault]]:
    """Read ``text``, naming it ``file`` in messages.

    Returns the tree and no fault, or an empty tree and the first fault.
    """
    tree = Tree(file)
    try:
        _build(text, tree)
    except _ReadError as refused:
        fault = Fault(file, refused.line, refused.column, refused.rule, refused.message, refused.cure)
        return Tree(file), [fault]
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        message = f"This is not valid YAML: {error.problem or error.context}."
        return Tree(file), [Fault(file, line, column, "yaml-syntax", message, "Correct the indentation or quoting.")]
    except yaml.YAMLError as error:
        message = f"This is not valid YAML: {str(error).splitlines()[0]}."
        return Tree(file), [Fault(file, 1, 1, "yaml-syntax", message, "Remove the character.")]
    return tree, []


def read_bytes(raw: bytes, file: str) -> tuple[Tree, list[Fault]]:
    """Read the content of a file; like :func:`read_text`, with limits on size and encoding."""
    if len(raw) > MAX_BYTES:
        message = f"The file has {len(raw):,} bytes; at most {MAX_BYTES:,} are read."
        return Tree(file), [Fault(file, 1, 1, "yaml-too-large", message, "Divide it.")]
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        return Tree(file), [Fault(file, line, 1, "yaml-encoding", "The file is not UTF-8.", "Save it as UTF-8.")]
    return read_text(text, file)


def _build(text: str, tree: Tree) -> None:
    stack: list[_Open] = []
    documents = nodes = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        mark = event.start_mark
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise _ReadError(mark, "yaml-syntax", "The file holds more than one document.", "Remove the line ---.")
        elif isinstance(event, yaml.AliasEvent):
            raise _ReadError(mark, "yaml-alias", f"*{event.anchor} is an alias.", "Write the content out.")
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            stack.pop()
        elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent, yaml.ScalarEvent)):
            nodes += 1
            _refuse_excess(event, mark, nodes)
            _take(event, mark, stack, tree)


def _refuse_excess(event: yaml.NodeEvent, mark: Any, nodes: int) -> None:
    if nodes > MAX_NODES:
        raise _ReadError(mark, "yaml-too-many-nodes", f"The file has more than {MAX_NODES:,} values.", "Divide it.")
    if event.anchor is not None:
        raise _ReadError(mark, "yaml-alias", f"&{event.anchor} is an anchor.", "Write the content out.")
    tag = getattr(event, "tag", None)
    if tag is not None:
        raise _ReadError(mark, "yaml-tag", f"{tag} is a tag.", "Remove it; the meaning comes from the key.")


def _take(event: yaml.NodeEvent, mark: Any, stack: list[_Open], tree: Tree) -> None:
    parent = stack[-1] if stack else None
    if parent is not None and isinstance(parent.value, dict) and parent.key is None:
        _take_key(event, mark, parent, tree)
        return
    path = parent.next_path() if parent else ()
    tree.places.setdefault(path, (mark.line + 1, mark.column + 1))
    value: Any
    if isinstance(event, yaml.ScalarEvent):
        value = _scalar(event)
    else:
        value = {} if isinstance(event, yaml.MappingStartEvent) else []
        if len(stack) >= MAX_DEPTH:
            raise _ReadError(mark, "yaml-too-deep", f"This is nested more than {MAX_DEPTH} levels deep.", "Flatten it.")
    if parent is None:
        tree.data = value
    else:
        parent.add(value)
    if not isinstance(event, yaml.ScalarEvent):
        stack.append(_Open(value, path))


def _take_key(event: yaml.NodeEvent, mark: Any, parent: _Open, tree: Tree) -> None:
    if not isinstance(event, yaml.ScalarEvent):
        raise _ReadError(mark, "yaml-syntax", "A key must be a word.", "Put brackets in quotation marks.")
    key = str(event.value)
    if key in parent.value:
        raise _ReadError(mark, "yaml-duplicate-key", f"The key {key!r} stands here twice.", "Keep one of them.")
    if key == "<<":
        raise _ReadError(mark, "yaml-alias", "<< is a merge key.", "Write the content out.")
    parent.key = key
    tree.places[(*parent.path, key)] = (mark.line + 1, mark.column + 1)


def _scalar(event: yaml.ScalarEvent) -> _Scalar:
    text = str(event.value)
    if event.style not in (None, ""):
        return text
    if text in _NULL:
        return None
    if text in _BOOLEAN:
        return _BOOLEAN[text]
    if _INTEGER.match(text):
        return int(text)
    if _DECIMAL.match(text):
        return float(text)
    return text
