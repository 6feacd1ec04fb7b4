"""Writes a manual page from what a command says of itself.

  pbe-sample --experimental-dump-help | python3 manual.py --version 0.1.0 --date 2026-01-31 --also pbe-sample pbe-eval

The page is in the language of man(7), for groff and mandoc alike. `--also` names the other commands.
"""

import argparse
import json
import re
import sys
import textwrap

EXIT_CODES = [("0", "Done."), ("1", "It failed; one line on standard error says why."),
              ("2", "The command line is wrong.")]


def escaped(text):
    """Text that a formatter prints as it stands: a - is the one that shells know; lists break at commas."""
    text = re.sub(r",(?=\S)", r",\\:", text.replace("\\", "\\e").replace("-", "\\-"))
    return re.sub(r"^([.'])", r"\\&\1", text, flags=re.M)


def quoted(text):
    """A macro's argument."""
    return '"' + escaped(text).replace('"', "\\(dq") + '"'


def bold(text):
    return f"\\fB{escaped(text)}\\fR"


def italic(text):
    return f"\\fI{escaped(text)}\\fR"


def shown(things):
    return [thing for thing in things or [] if thing.get("shouldDisplay", True)]


# MARK: Text


def indented(text, by):
    return text.startswith(" " * by)


def paragraphs(text):
    """Running text between blank lines; what is indented keeps its lines."""
    lines = []
    for block in re.split(r"\n\s*\n", text.strip("\n")):
        running, literal = [], []
        for line in block.split("\n"):
            if indented(line, 2):
                lines += paragraph(running)
                running = []
                literal.append(line)
            else:
                lines += example(literal)
                literal = []
                running.append(line)
        lines += paragraph(running) + example(literal)
    return lines


def paragraph(lines):
    return [".PP", *flowing(lines)] if lines else []


def flowing(lines):
    return escaped("\n".join(textwrap.wrap(" ".join(lines), 100, break_on_hyphens=False))).split("\n") \
        if lines else []


def example(lines):
    if not lines:
        return []
    text = textwrap.dedent("\n".join(lines))
    return [".PP", ".in +4n", ".nf", *escaped(text).split("\n"), ".fi", ".in"]


# MARK: Options


def spelled(name):
    return ("--" if name["kind"] == "long" else "-") + name["name"]


def term(option):
    """`-n, --name VALUE`, as the user types it."""
    value = italic(option.get("valueName") or "value")
    if option["kind"] == "positional":
        return value + (" ..." if option["isRepeating"] else "")
    names = ", ".join(bold(spelled(name)) for name in option["names"])
    return names if option["kind"] == "flag" else f"{names} {value}"


def explanation(option):
    text = " ".join(part for part in (option.get("abstract"), option.get("discussion")) if part)
    values = option.get("allValues") or []
    additions = []
    if values and not all(value in text for value in values):
        additions.append("values: " + ", ".join(values))
    if option.get("defaultValue") and "default:" not in text:
        additions.append(f"default: {option['defaultValue']}")
    return " ".join([text] + ([f"({'; '.join(additions)})"] if additions else [])).strip()


def options(arguments, heading):
    """The options under their groups' titles, each title through the macro `heading`."""
    lines, title = [], None
    for option in arguments:
        section = option.get("sectionTitle") or ""
        if section != title and (section or title):
            lines += [f"{heading} {quoted(section or 'Others')}"]
        title = section
        lines += [".TP", term(option), *flowing([explanation(option)])]
    return lines


def synopsis(words, arguments, subcommands):
    """A command's name and what must follow it; what may follow is `options`."""
    required = [a for a in arguments if not a["isOptional"] and a["kind"] != "flag"]
    optional = [a for a in arguments if a["isOptional"] and a["kind"] == "positional"]
    parts = [bold(" ".join(words))]
    parts += [term(a) if a["kind"] == "positional" else f"{bold(spelled(a['preferredName']))} "
              f"{italic(a.get('valueName') or 'value')}" for a in required]
    parts += [f"[{term(a)}]" for a in optional]
    parts.append(italic("subcommand") + " ..." if subcommands else f"[{italic('options')}]")
    return " ".join(parts)


# MARK: Pages


def subcommand(command, words):
    """A section for each subcommand, and for those inside it."""
    words = words + [command["commandName"]]
    arguments, inner = shown(command.get("arguments")), shown(command.get("subcommands"))
    lines = [f".SH {quoted(' '.join(words).upper())}", synopsis(words, arguments, inner)]
    if command.get("abstract"):
        lines += paragraphs(command["abstract"])
    lines += paragraphs(command["discussion"]) if command.get("discussion") else []
    lines += options(own(arguments), ".SS")
    for each in inner:
        lines += subcommand(each, words)
    return lines


def own(arguments):
    """Without --help and --version, which every command has and the page states once."""
    common = {"help", "version"}
    return [a for a in arguments if not common & {name["name"] for name in a.get("names") or []}]


def page(command, release):
    name = command["commandName"]
    arguments = shown(command.get("arguments"))
    subcommands = [c for c in shown(command.get("subcommands")) if c["commandName"] != "help"]
    lines = [f".TH {quoted(name.upper())} 1 {release.date} "
             f"{quoted('Paint by Example ' + release.version)} {quoted('Commands')}",
             ".nh", ".ad l",
             ".SH NAME", f"{escaped(name)} \\- {escaped(command['abstract'].rstrip('.'))}",
             ".SH SYNOPSIS", synopsis([name], arguments, subcommands)]
    if command.get("discussion"):
        lines += [".SH DESCRIPTION"] + paragraphs(command["discussion"])[1:]
    lines += [".SH OPTIONS"] + options(arguments, ".SS")
    if subcommands:
        lines += [".SH SUBCOMMANDS"]
        for each in subcommands:
            lines += [".TP", bold(each["commandName"]), *flowing([each.get("abstract") or ""])]
        for each in subcommands:
            lines += subcommand(each, [name])
    lines += [".SH EXIT STATUS"]
    for code, meaning in EXIT_CODES:
        lines += [".TP", bold(code), meaning]
    others = [bold(other) + "(1)" for other in sorted(release.also) if other != name]
    if others:
        lines += [".SH SEE ALSO", ",\n".join(others)]
    return "\n".join(line for line in lines if line != "") + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--version", required=True)
    parser.add_argument("--date", required=True, help="of the release, as 2026-01-31")
    parser.add_argument("--also", nargs="*", default=[])
    arguments = parser.parse_args()
    command = json.load(sys.stdin)["command"]
    sys.stdout.write(page(command, arguments))


main()
