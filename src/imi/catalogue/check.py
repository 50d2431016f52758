"""Everything that hinders publication of the procedures in a folder, with file, line, rule and cure."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from imi.catalogue.fault import Fault
from imi.catalogue.load import Folder, Joined, read_folder
from imi.catalogue.play import scenario_faults
from imi.catalogue.po import faults as translation_faults
from imi.catalogue.texts import domains
from imi.core.lint import Finding, lint


def check_folder(root: Path, procedures: frozenset[str] = frozenset(), translations: bool = True) -> list[Fault]:
    """Check a folder.

    Args:
        root: the folder of procedures.
        procedures: full names (``area/procedure``) to restrict the report to; empty for everything.
        translations: whether missing and damaged translations are reported.

    Returns:
        The faults in order of file and line, each once, even if several procedures share the file.
    """
    folder = read_folder(root)
    found: dict[Fault, None] = dict.fromkeys(folder.faults)
    for joined in folder.joined():
        if not procedures or joined.definition.id in procedures:
            found.update(dict.fromkeys(definition_faults(joined)))
    if translations:
        for domain in domains(folder):
            found.update(dict.fromkeys(translation_faults(domain, folder.root, domain.languages)))
    faults = sorted(found)
    if procedures:
        faults = [fault for fault in faults if fault.file in _files(folder, procedures)]
    return faults


def definition_faults(joined: Joined) -> Iterator[Fault]:
    """Apply the rules to one definition and, if it can run, play its scenarios."""
    sound = True
    for finding in lint(joined.definition):
        sound = sound and finding.severity != "error"
        yield located(joined, finding)
    if sound:
        yield from scenario_faults(joined)


def located(joined: Joined, finding: Finding) -> Fault:
    """Give a finding its file and line."""
    part, *path = finding.path
    place = joined.source(str(part)).tree.fault(tuple(path), finding.rule, finding.message, finding.cure)
    return Fault(place.file, place.line, place.column, place.rule, place.message, place.cure, severity=finding.severity)


def _files(folder: Folder, procedures: frozenset[str]) -> frozenset[str]:
    """The files that belong to the named procedures, and the files so broken that nobody knows."""
    named: set[str] = set()
    for joined in folder.joined():
        if joined.definition.id in procedures:
            named |= {joined.source(part).tree.file for part in ("area", "procedure", "lifecycle", "questions")}
    for area in folder.areas.values():
        for source in area.procedures.values():
            if f"{area.path.name}/{source.name}" in procedures:
                named |= {source.tree.file, area.area.tree.file}
    return frozenset(named)
