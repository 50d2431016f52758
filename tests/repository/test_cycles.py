"""No module leads back to itself by its imports, also not by one inside of a function."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set

import grimp


def circles(imports: Mapping[str, Set[str]]) -> list[list[str]]:
    """The groups of modules that lead to each other: Tarjan's strongly connected components of more than one."""
    order: dict[str, int] = {}
    lowest: dict[str, int] = {}
    path: list[str] = []
    found: list[list[str]] = []

    def visit(module: str) -> Iterator[str]:
        order[module] = lowest[module] = len(order)
        path.append(module)
        for other in sorted(imports.get(module, ())):
            if other not in order:
                yield other
                lowest[module] = min(lowest[module], lowest[other])
            elif other in path:
                lowest[module] = min(lowest[module], order[other])
        if lowest[module] == order[module]:
            group = path[path.index(module) :]
            del path[path.index(module) :]
            if len(group) > 1:
                found.append(sorted(group))

    for module in imports:
        walk = [] if module in order else [visit(module)]
        while walk:
            further = next(walk[-1], None)
            if further is None:
                walk.pop()
            else:
                walk.append(visit(further))
    return found


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = grimp.build_graph("imi", cache_dir=None)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in sorted(graph.modules)}
    assert len(imports) > 400
    assert circles(imports) == []


def test_a_circle_is_found() -> None:
    imports = {"a": {"b"}, "b": {"c"}, "c": {"b", "d"}, "d": {"e"}, "e": {"d"}, "f": {"a"}}
    assert circles(imports) == [["d", "e"], ["b", "c"]]
    assert circles({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []
