"""What msgspec says about a wrong value in a TOML file, in a user's words. Pure."""

import re
from collections.abc import Iterable, Mapping

import msgspec

_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`\Z", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(.*)`\Z", re.DOTALL)
_TYPE_NAMES = {
    "float": "a number",
    "int": "a whole number",
    "int | null": "a whole number",
    "str": "a text in quotes",
    "object": "a table",
    "array": "a list",
    "bool": "true or false",
}


def unknown_setting(key: str, known: Iterable[str]) -> str:
    """Return the sentence for a key that does not exist; `known` are those that do."""
    names = ", ".join(f"`{name}`" for name in known)
    return f"Unknown setting `{key}`. Settings: {names}" if names else f"Unknown setting `{key}`"


def toml_mistake(
    error: msgspec.ValidationError, tables: Mapping[str, type[msgspec.Struct]], table: str = ""
) -> str:
    """Return what is wrong and where.

    `tables` are the structures that were expected, by their path below `table`, which is the path
    of the converted value in the file.
    """
    # msgspec: Expected `float`, got `str` - at `$.reconnect.base`
    what, _, where = str(error).partition(" - at `$.")
    inner = where.rstrip("`")
    key = _joined(table, inner)
    if unknown := _UNKNOWN.match(what):
        known = tables[inner].__struct_fields__ if inner in tables else ()
        return unknown_setting(_joined(key, unknown[1]), known)
    if missing := _MISSING.match(what):
        return f"`{key}`: `{missing[1]}` is missing" if key else f"`{missing[1]}` is missing"
    plain = re.sub("`([^`]*)`", lambda name: _TYPE_NAMES.get(name[1], name[1]), what)
    problem = f"{plain[0].lower()}{plain[1:]}; correct or remove it"
    return f"`{key}`: {problem}" if key else problem


def _joined(*keys: str) -> str:
    return ".".join(filter(None, keys))
