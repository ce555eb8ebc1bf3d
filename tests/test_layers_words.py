"""Every text is in words.toml once: no key without an entry, no entry without a use."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

from layers.words import entry, say

ROOT = Path(__file__).parents[1]
ROOMS = ("layers", "zoning", "maps", "scripts")
SOURCES = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in SOURCES}

CALLS = {  # what stands before the key in the table, by the name of the function
    "say": "",
    "entry": "",
    "_fail": "error.",
    "add": "error.",
}


def texts(table, prefix=""):
    for key, value in table.items():
        if isinstance(value, dict):
            yield from texts(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


WORDS = dict(texts(tomllib.loads((ROOT / "layers" / "words.toml").read_text(encoding="utf-8"))))


def calls():
    for path, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and node.args:
                name = getattr(node.func, "id", "")
                name = "" if name == "add" else name
                if isinstance(node.func, ast.Attribute) and node.func.attr == "add":
                    owner = getattr(node.func.value, "id", "")
                    name = "add" if owner == "faults" else ""
                if name in {*CALLS, "columns"}:
                    yield path, node, name


def alternatives(node):
    """The constants that an argument may be: itself, or the arms of an ``if``."""
    if isinstance(node, ast.IfExp):
        return alternatives(node.body) + alternatives(node.orelse)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    return []


def used_keys():
    for path, node, name in calls():
        if name == "columns":
            found = [key for arg in node.args for key in alternatives(arg)]
            keys = [f"column.{key.partition(':')[0]}" for key in found]
        else:
            keys = [CALLS[name] + key for key in alternatives(node.args[0])]
        for key in keys:
            yield f"{path.relative_to(ROOT)}:{node.lineno}", key, name


def templates():
    """Regular expressions of the keys that are put together: label.kind.{kind}."""
    for path, node, name in calls():
        for part in ast.walk(node.args[0]) if name in CALLS else ():
            if isinstance(part, ast.JoinedStr):
                pieces = [
                    re.escape(piece.value) if isinstance(piece, ast.Constant) else "([^.]+)"
                    for piece in part.values
                ]
                yield f"{path.relative_to(ROOT)}:{node.lineno}", re.compile("".join(pieces))


def constants():
    """Every word that the program may fill into a key."""
    for tree in TREES.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value
                yield node.value.partition(":")[0]
            elif isinstance(node, ast.keyword) and node.arg:
                yield node.arg
            elif isinstance(node, ast.Name):
                yield node.id


def is_entry(key):
    try:
        entry(key)
    except KeyError:
        return False
    return True


def test_the_walk_sees_the_program():
    assert len(WORDS) > 200
    assert len({key for _, key, _ in used_keys()}) > 150


def test_every_key_has_an_entry():
    missing = [(where, key) for where, key, _ in used_keys() if not is_entry(key)]
    assert missing == []


def test_every_put_together_key_has_entries():
    empty = [where for where, pattern in templates() if not any(map(pattern.fullmatch, WORDS))]
    assert empty == []


def test_every_entry_is_used():
    plain = {key for _, key, _ in used_keys()}
    tables = tuple(f"{key}." for key in plain if not isinstance(WORDS.get(key), str))
    words = set(constants()) | {f"type_{name}" for name in ("str", "list", "dict", "int", "float")}
    patterns = [pattern for _, pattern in templates()]

    def filled(key):
        matches = (pattern.fullmatch(key) for pattern in patterns)
        return any(match and set(match.groups()) <= words for match in matches)

    unused = [
        key for key in WORDS if key not in plain and not key.startswith(tables) and not filled(key)
    ]
    assert unused == []


def test_a_table_that_is_only_looked_up_as_a_whole_does_not_hide_unused_texts():
    wholes = {key for _, key, name in used_keys() if name == "entry" and key not in WORDS}
    assert wholes <= {"label"}


def test_every_text_is_fit_to_print():
    for key, text in WORDS.items():
        assert text, key
        assert text == text.strip() or key.startswith("template."), key
        fields = re.findall(r"(?<!{){([a-z0-9_]+)", text.replace("{{", ""))
        values = dict.fromkeys(fields, 1.0)
        try:
            text.format(**values)
        except (ValueError, KeyError, IndexError) as error:
            pytest.fail(f"{key}: {error}")


def test_fields_given_are_fields_of_the_text():
    """A misspelt field would leave a text without its value, or stop the program."""
    for path, node, name in calls():
        if name not in CALLS or any(word.arg is None for word in node.keywords):
            continue
        for key in alternatives(node.args[0]):
            text = WORDS.get(CALLS[name] + key)
            if text is None:
                continue
            wanted = set(re.findall(r"{([a-z0-9_]+)", text.replace("{{", "").replace("}}", "")))
            given = {word.arg for word in node.keywords}
            where = f"{path.name}:{node.lineno} {key}"
            assert wanted <= given or not given, (where, wanted - given)


def test_an_unknown_key_and_a_table_are_programming_errors():
    with pytest.raises(KeyError, match="no_such"):
        say("label.no_such")
    with pytest.raises(TypeError, match="table"):
        say("label.kind")
