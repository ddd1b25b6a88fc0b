"""`extends:` one scenario file builds on another and says only what is different."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from funnelsim.errors import ScenarioError
from funnelsim.scenario.distributions import Distribution
from funnelsim.scenario.funnel import Delay
from funnelsim.scenario.paths import near
from funnelsim.scenario.reading import read_tree, shorten, tree_of

MAX_BASES = 10
_WHOLE = {"lost", "values", "weights"}  # shares of a whole are given anew, never one of them alone
_SIZES = {"value", "median", "mean", "scale", "mu", "values"}
_SHAPES = {"spread", "cv", "shape", "sigma"}
_WORDS = set(Distribution.model_fields)
_OUTCOMES = set(Delay.model_fields)


def shipped_folder() -> Path:
    """Where the scenarios lie that come with funnelsim: in the wheel, or beside the package in a checkout."""
    package = Path(__file__).resolve().parents[1]
    inside = package / "_shipped" / "scenarios"
    return inside if inside.is_dir() else package.parent / "scenarios"


def shipped_names() -> list[str]:
    """Names that `load` knows without a path."""
    return sorted(path.stem for path in shipped_folder().glob("*.yaml"))


def path_of(name_or_path: str | Path, beside: Path | None = None) -> Path:
    """The file of a shipped name or a path; relative to the folder `beside`, where one is given."""
    name = str(name_or_path)
    if isinstance(name_or_path, str) and name in shipped_names():
        return shipped_folder() / f"{name}.yaml"
    path = Path(name).expanduser()
    path = beside / path if beside is not None else path
    try:
        found = path.exists()
    except (OSError, ValueError):
        found = False
    if not found and len(Path(name).parts) == 1:
        known = ", ".join(shipped_names())
        nearest = near(Path(name).stem, shipped_names())
        if nearest:
            raise ScenarioError.of(shorten(name), "scenario_unknown_near", known=known, near=nearest)
        raise ScenarioError.of(shorten(name), "scenario_unknown", known=known)
    return path


def resolved(path: Path, chain: tuple[Path, ...] = ()) -> dict[str, Any]:
    """The whole mapping of a file, what it extends filled in."""
    return _extended(read_tree(path), path, chain)


def resolved_text(text: str, path: Path) -> dict[str, Any]:
    """The whole mapping of a text as if it stood in a file of this path."""
    return _extended(tree_of(text, str(path)), path, ())


def _extended(tree: dict[str, Any], path: Path, chain: tuple[Path, ...]) -> dict[str, Any]:
    where = str(path)
    base_name = tree.pop("extends", None)
    if base_name is None:
        return tree
    chain = (*chain, path.resolve())
    if not isinstance(base_name, str):
        raise ScenarioError.of(where, "not_text", "extends", value=shorten(base_name))
    try:
        base_path = path_of(base_name, beside=path.parent)
    except ScenarioError as error:
        raise ScenarioError.of(where, error.faults[0].code, "extends", **error.faults[0].facts) from None
    if not base_path.exists():
        raise ScenarioError.of(where, "extends_missing", "extends", value=base_name)
    if base_path.resolve() in chain:
        raise ScenarioError.of(where, "extends_circle", "extends", value=base_name)
    if len(chain) > MAX_BASES:
        raise ScenarioError.of(where, "extends_too_deep", "extends", limit=MAX_BASES)
    return merged(resolved(base_path, chain), tree, where)


def merged(base: Any, change: Any, where: str = "", key: str = "", path: str = "") -> Any:
    """`base` with a change laid over it. Mappings merge by key and lists of items with ids by id."""
    if (
        key == "delay_days"
        and is_distribution(base)
        and isinstance(change, dict)
        and change.keys() & _OUTCOMES
    ):
        base = {"advance": base}
    if is_distribution(base) and is_distribution(change):
        return _distribution(base, change)
    if key in _WHOLE or is_distribution(change) or is_distribution(base):
        return change
    if isinstance(base, dict) and isinstance(change, dict):
        out = dict(base)
        for name, value in change.items():
            inner = f"{path}.{name}" if path else name
            out[name] = merged(base[name], value, where, name, inner) if name in base else _cleaned(value)
        return out
    if _has_ids(base) and _has_ids(change) and change:
        return _items(base, change, where, path)
    return _cleaned(change)


def is_distribution(value: Any) -> bool:
    """Whether plain data are written with the words of a distribution."""
    return isinstance(value, dict) and bool(value) and value.keys() <= _WORDS


def _distribution(base: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """A new size keeps the shape, a new shape keeps the size, a new family keeps neither."""
    if change.get("family", base.get("family")) != base.get("family", "lognormal") and "family" in change:
        return change
    gone = (_SIZES if change.keys() & _SIZES else set()) | (_SHAPES if change.keys() & _SHAPES else set())
    return {word: value for word, value in base.items() if word not in gone} | change


def _has_ids(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(item, dict) and isinstance(item.get("id"), str) for item in value
    )


def _cleaned(value: Any) -> Any:
    """What is new stands as it is; only the words `remove` and `after` have nothing to act on."""
    if _has_ids(value):
        return [
            {name: inner for name, inner in item.items() if name != "after"}
            for item in value
            if item.get("remove") is not True
        ]
    return value


def _items(base: list[Any], change: list[Any], where: str, path: str) -> list[Any]:
    out = list(base)
    for item in change:
        name = item["id"]
        ids = [old["id"] for old in out]
        words = {word: value for word, value in item.items() if word not in {"remove", "after"}}
        inner = f"{path}.{name}"
        if item.get("remove") is True:
            if name not in ids:
                raise ScenarioError.of(where, "remove_unknown", inner, value=name, known=", ".join(ids[:12]))
            del out[ids.index(name)]
            continue
        if name in ids:
            out[ids.index(name)] = merged(out[ids.index(name)], words, where, "", inner)
            continue
        after = item.get("after")
        if after is not None and after not in ids:
            raise ScenarioError.of(
                where, "after_unknown", inner, value=shorten(after), known=", ".join(ids[:12])
            )
        out.insert(ids.index(after) + 1 if after is not None else len(out), words)
    return out
