"""A lifecycle as a picture: states as boxes, actions as arrows.

Graphviz does the layout. Its output is taken apart and written anew: only shapes and texts, no scripts, no style
attributes, nothing a strict Content Security Policy would block. How things look is for the page's stylesheet,
through the classes ``state``, ``state--start``, ``state--end``, ``state--current``, ``state--visited``,
``state--<tone>``, ``edge``, ``edge--main``, ``edge--minor``; presentation attributes give a plain picture without one.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import textwrap
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Literal
from xml.etree import ElementTree

from imi.catalogue.texts import Wording
from imi.core.compiled import expand_states
from imi.core.definition import Lifecycle

Direction = Literal["LR", "TB"]

_SVG = "http://www.w3.org/2000/svg"
_SECONDS = 10
_ID_PREFIX = "lifecycle-"
_NO_MORE: Mapping[str, str] = {}
# Keeps a label legible where it lies on its own arrow.
_HALO = {"stroke": "#fff", "stroke-width": "4", "stroke-linejoin": "round", "paint-order": "stroke"}


class DiagramError(RuntimeError):
    """No picture could be made: Graphviz is missing or failed."""


@dataclass
class _Arrow:
    """All actions that lead from one state to another."""

    main: list[str] = field(default_factory=list)
    minor: list[str] = field(default_factory=list)


def lifecycle_svg(
    lifecycle: Lifecycle,
    wording: Wording,
    current_state: str | None = None,
    visited: Collection[str] = (),
    direction: Direction = "LR",
    label: str | None = None,
) -> str:
    """Draw a lifecycle.

    Args:
        lifecycle: what to draw.
        wording: the texts in the reader's language.
        current_state: the state to mark with "you are here", if any.
        visited: states that the exchange has been in.
        direction: ``LR`` for wide screens, ``TB`` for narrow ones.
        label: what the picture is called for those who do not see it; the title of the lifecycle if not given.

    Returns:
        An ``<svg>`` element to be put into a page as it is.

    Raises:
        DiagramError: Graphviz is not installed or does not answer.
    """
    title = label or wording.get("lifecycle.title", lifecycle.title).text
    drawn = ElementTree.fromstring(_layout(_dot(lifecycle, wording, direction)))  # noqa: S314 -- our own Graphviz
    return _rewritten(drawn, lifecycle, wording, title, current_state, frozenset(visited))


def _arrows(lifecycle: Lifecycle, wording: Wording) -> dict[tuple[str, str], _Arrow]:
    """Who leads where. Main are the actions that a state waits for; they alone are labelled.

    Where a state waits for nothing, its primary actions are the main ones.
    """
    awaited = {state.id: {wait.action for wait in state.awaits} for state in lifecycle.states}
    arrows: dict[tuple[str, str], _Arrow] = {}
    for action in lifecycle.actions:
        name = wording.get(f"actions.{action.id}.title", action.title).text
        for source in expand_states(lifecycle, action.sources):
            for target in dict.fromkeys(branch.state for branch in action.to):
                if target != source:
                    arrow = arrows.setdefault((source, target), _Arrow())
                    main = action.id in awaited[source] or (not awaited[source] and action.tone == "primary")
                    (arrow.main if main else arrow.minor).append(name)
    return arrows


def _dot(lifecycle: Lifecycle, wording: Wording, direction: Direction) -> str:
    # A narrow picture needs flat boxes close together, a wide one room for labels along the arrows.
    wide = direction == "LR"
    ranks, nodes, state_width, edge_width = ("0.35", "0.4", 14, 12) if wide else ("0.35", "0.2", 18, 16)
    lines = [
        "digraph lifecycle {",
        f"rankdir={direction}; ranksep={ranks}; nodesep={nodes}; splines=spline; bgcolor=transparent;",
        'node [shape=box, margin="0.14,0.08", fontname="Helvetica", fontsize=12, height=0.4];',
        'edge [fontname="Helvetica", fontsize=10, arrowsize=0.7];',
    ]
    for state in lifecycle.states:
        text = wording.get(f"states.{state.id}.title", state.title).text
        lines.append(f"{_quoted(state.id)} [label={_quoted(_wrapped(text, state_width))}];")
    arrows = _arrows(lifecycle, wording)
    depths = _depths(lifecycle.initial, arrows)
    ends = {state.id for state in lifecycle.states if state.phase == "done"}
    for (source, target), arrow in arrows.items():
        text = _wrapped(" / ".join(arrow.main), edge_width) if arrow.main else ""
        layout = "weight=4" if arrow.main else "weight=1"
        if wide and target not in ends and depths.get(target, 0) <= depths.get(source, 0):
            layout += ", constraint=false"  # ways back and sideways must not stretch the picture
        lines.append(f"{_quoted(source)} -> {_quoted(target)} [label={_quoted(text)}, {layout}];")
    lines.append("}")
    return "\n".join(lines)


def _depths(initial: str, arrows: Collection[tuple[str, str]]) -> dict[str, int]:
    """How many steps each state is from the initial one."""
    depths, edge = {initial: 0}, [initial]
    while edge:
        following = [target for source in edge for start, target in arrows if start == source and target not in depths]
        depths.update(dict.fromkeys(following, depths[edge[0]] + 1))
        edge = list(dict.fromkeys(following))
    return depths


def _wrapped(text: str, width: int) -> str:
    return "\n".join(textwrap.wrap(text, width, break_long_words=False)) or text


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


@lru_cache(maxsize=256)
def _layout(dot: str) -> str:
    program = graphviz()
    try:
        done = subprocess.run(  # noqa: S603 -- a fixed program, and our own text on its standard input
            [program, "-Kdot", "-Tsvg"], input=dot.encode(), capture_output=True, timeout=_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise DiagramError(f"Graphviz failed: {error}") from error
    return done.stdout.decode()


def graphviz() -> str:
    """Return the path of Graphviz: the one installed beside Python, or else the system's.

    Raises:
        DiagramError: there is none.
    """
    beside = Path(sys.executable).parent / "graphviz-pure"
    found = str(beside) if beside.exists() else shutil.which("graphviz-pure") or shutil.which("dot")
    if found is None:
        raise DiagramError("Graphviz is not installed. Install graphviz-pure with pip, or graphviz with apt.")
    return found


def _rewritten(
    drawn: ElementTree.Element,
    lifecycle: Lifecycle,
    wording: Wording,
    title: str,
    current: str | None,
    visited: frozenset[str],
) -> str:
    """Write Graphviz's picture anew, with classes and titles instead of its own decoration."""
    box = drawn.get("viewBox", "0 0 100 100")
    width, height = (round(float(number)) for number in box.split()[2:4])
    svg = ElementTree.Element(
        "svg",
        {
            "xmlns": _SVG,
            "class": "lifecycle",
            "viewBox": box,
            "width": str(width),
            "height": str(height),
            "role": "img",
            "aria-label": title,
            "font-family": "inherit",
        },
    )
    ElementTree.SubElement(svg, "title").text = title
    graph = drawn.find(f"{{{_SVG}}}g")
    if graph is None:
        raise DiagramError("Graphviz gave no picture.")
    frame = ElementTree.SubElement(svg, "g", {"transform": graph.get("transform", "")})
    arrows = _arrows(lifecycle, wording)
    states = {state.id: state for state in lifecycle.states}
    names = {key: wording.get(f"states.{key}.title", state.title).text for key, state in states.items()}
    # Arrows first, so that no arrow crosses a state.
    for group in sorted(graph.findall(f"{{{_SVG}}}g"), key=lambda one: one.get("class") != "edge"):
        own = group.findtext(f"{{{_SVG}}}title") or ""
        if group.get("class") == "edge":
            source, _, target = own.partition("->")
            arrow = arrows[source, target]
            classes = "edge edge--main" if arrow.main else "edge edge--minor"
            text = f"{names[source]} → {names[target]}: {', '.join((*arrow.main, *arrow.minor))}"
            part = ElementTree.SubElement(frame, "g", {"class": classes})
            _copy_edge(group, part, text, bool(arrow.main))
        elif group.get("class") == "node":
            classes = _state_classes(lifecycle, own, current, visited)
            part = ElementTree.SubElement(frame, "g", {"class": classes, "id": f"{_ID_PREFIX}{own}"})
            if own == current:
                part.set("aria-current", "step")
            _copy_state(group, part, names[own], own == current)
    return ElementTree.tostring(svg, encoding="unicode")


def _state_classes(lifecycle: Lifecycle, name: str, current: str | None, visited: frozenset[str]) -> str:
    state = next(state for state in lifecycle.states if state.id == name)
    marks: Mapping[str, bool] = {
        "state--start": name == lifecycle.initial,
        "state--end": state.phase == "done",
        "state--current": name == current,
        "state--visited": name in visited and name != current,
    }
    return " ".join(["state", f"state--{state.tone}", *(mark for mark, given in marks.items() if given)])


def _copy_state(group: ElementTree.Element, part: ElementTree.Element, name: str, current: bool) -> None:
    ElementTree.SubElement(part, "title").text = name
    polygon = group.find(f"{{{_SVG}}}polygon")
    corners = polygon.get("points", "") if polygon is not None else ""
    points = [(float(x), float(y)) for x, y in (pair.split(",") for pair in corners.split())]
    left, right = min(x for x, _ in points), max(x for x, _ in points)
    top, bottom = min(y for _, y in points), max(y for _, y in points)
    shape = {
        "x": f"{left:g}",
        "y": f"{top:g}",
        "width": f"{right - left:g}",
        "height": f"{bottom - top:g}",
        "rx": "4",
        "fill": "#fff",
        "stroke": "#404040",
        "stroke-width": "3" if current else "1",
    }
    ElementTree.SubElement(part, "rect", shape)
    _copy_texts(group, part, "12")


def _copy_edge(group: ElementTree.Element, part: ElementTree.Element, title: str, main: bool) -> None:
    ElementTree.SubElement(part, "title").text = title
    colour = "#404040" if main else "#8c8c8c"
    for path in group.findall(f"{{{_SVG}}}path"):
        drawn = {"d": path.get("d", ""), "fill": "none", "stroke": colour}
        ElementTree.SubElement(part, "path", drawn if main else {**drawn, "stroke-dasharray": "4 3"})
    for head in group.findall(f"{{{_SVG}}}polygon"):
        ElementTree.SubElement(part, "polygon", {"points": head.get("points", ""), "fill": colour, "stroke": colour})
    _copy_texts(group, part, "10", _HALO)


def _copy_texts(
    group: ElementTree.Element, part: ElementTree.Element, size: str, more: Mapping[str, str] = _NO_MORE
) -> None:
    for text in group.findall(f"{{{_SVG}}}text"):
        place = {"x": text.get("x", "0"), "y": text.get("y", "0"), "text-anchor": "middle", "font-size": size}
        ElementTree.SubElement(part, "text", {**place, "fill": "#262626", **more}).text = text.text
