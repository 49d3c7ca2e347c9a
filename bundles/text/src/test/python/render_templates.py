"""Renders the templates and expressions of the chat template tests with Python's jinja2.

The environment is set up as the transformers library sets it up for chat templates. Run it with
jinja2 installed, from any folder:  python render_templates.py
It writes, beside the inputs, NAME.txt for each NAME.jinja with NAME.json, and expressions.jsonl
for the lines of expressions.txt.
"""

import copy
import datetime
import json
import pathlib
import re

import jinja2
import jinja2.ext
import jinja2.nodes
import jinja2.sandbox

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "resources/io/quire/text/jinja"
NOW = datetime.datetime(2025, 3, 7, 4, 5, 6, 789012)

# What the lines of expressions.txt can name.
VARIABLES = {
    "empty": [],
    "numbers": [3, 1, 2],
    "words": ["banana", "Apple", "cherry", "apple"],
    "text": "The quick brown fox",
    "mixed": "  Grüße, 世界 😀!\n",
    "user": {"name": "Ada", "age": 36, "tags": ["x", "y"], "items": "shadowed", "nil": None},
    "people": [
        {"name": "Zoe", "city": "Rome", "age": 30, "admin": True},
        {"name": "adam", "city": "oslo", "age": 25},
        {"name": "Bea", "city": "rome", "age": 30, "admin": False},
        {"name": "Cy", "city": "Oslo", "age": 41, "address": {"zip": "0150"}},
    ],
    "nested": [[1, 2], [3, [4, "five"]], {"k": (1.5)}],
    "pi": 3.14159,
    "big": 9007199254740993,
    "yes": True,
    "no": False,
    "nil": None,
}


class Generation(jinja2.ext.Extension):
    """The tag that marks what an assistant generated: its body is rendered as a call block."""

    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        call = self.call_method("render_body")
        return jinja2.nodes.CallBlock(call, [], [], body).set_lineno(line)

    def render_body(self, caller):
        return caller()


def raise_exception(message):
    raise jinja2.exceptions.TemplateError(message)


def to_json(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(
        value,
        ensure_ascii=ensure_ascii,
        indent=indent,
        separators=separators,
        sort_keys=sort_keys,
    )


def environment():
    env = jinja2.sandbox.ImmutableSandboxedEnvironment(
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=[Generation, jinja2.ext.loopcontrols],
    )
    env.filters["tojson"] = to_json
    env.globals["raise_exception"] = raise_exception
    env.globals["strftime_now"] = lambda form: NOW.strftime(form)
    return env


def outcome(env, source, variables):
    """What a template gives: a text, or the class and message of its error."""
    try:
        return {"text": env.from_string(source).render(**variables)}
    except Exception as error:  # any error of the template is the outcome
        return {"error": type(error).__name__ + ": " + str(error)}


def render_files(env):
    for path in sorted(FOLDER.glob("*.jinja")):
        cases = json.loads(path.with_suffix(".json").read_text("utf-8"))
        lines = []
        for case in cases:
            variables = {"documents": None, "tools": None, "add_generation_prompt": False}
            variables.update({"bos_token": "<s>", "eos_token": "</s>"})
            variables.update(case)
            lines.append(outcome(env, path.read_text("utf-8"), variables))
        write(path.with_suffix(".expected.json"), json.dumps(lines, ensure_ascii=False, indent=1))


def render_expressions(env):
    lines = []
    for line in (FOLDER / "expressions.txt").read_text("utf-8").split("\n"):
        if not line or line.startswith("##"):
            continue
        source = line if re.search(r"\{[{%#]", line) else "{{ " + line + " }}"
        case = {"source": source}
        case.update(outcome(env, source, copy.deepcopy(VARIABLES)))
        lines.append(json.dumps(case, ensure_ascii=False))
    head = json.dumps({"variables": VARIABLES}, ensure_ascii=False)
    write(FOLDER / "expressions.jsonl", "\n".join([head] + lines))


def write(path, text):
    path.write_bytes((text + "\n").encode("utf-8"))


if __name__ == "__main__":
    render_files(environment())
    render_expressions(environment())
