#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Holds the documentation to the tree: tests/lint/docs.py [FOLDER]. One line for each fault; the exit status is 1 if there is one.

- a relative link in a Markdown file leads to a file, and its #fragment to a heading
- a path named in `backticks` that begins with one of our folders exists
- a setting named as section.name, or in an ini example, is one of src/config/settings.def
- docs/operations.md names every event that is logged and every metric, and none that is not
"""
import pathlib
import re
import subprocess
import sys

FOLDERS = ("src/", "tests/", "docs/", "ldif/", "schema/", ".cmake/", ".ci/")
ENDINGS = {"c", "h", "md", "py", "sh", "ldif", "conf", "def", "service", "schema", "txt", "html", "key", "keys", "log"}

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
PATH = re.compile(r"`((?:%s)[A-Za-z0-9_./-]*)[^`]*`" % "|".join(map(re.escape, FOLDERS)))
PLACEHOLDER = re.compile(r"\b(LANGUAGE|NAME|KIND|FILE)\b")  # stands for many names
FENCE = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)
INI = re.compile(r"^ *```ini\n(.*?)^ *```", re.MULTILINE | re.DOTALL)


def slug(heading):
    """The fragment that GitHub and others make of a heading."""
    words = re.sub(r"`|\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", words).replace(" ", "-")


def line_of(text, at):
    return text.count("\n", 0, at) + 1


def without(pattern, text):
    """The text with what matches made blank, line for line."""
    return pattern.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)


def headings(path):
    text = without(FENCE, path.read_text(encoding="utf-8"))
    return {slug(match) for match in re.findall(r"^#+ +(.*)$", text, re.MULTILINE)}


def read_settings(top):
    table = (top / "src/config/settings.def").read_text(encoding="utf-8")
    return set(re.findall(r"^SETTING\((\w+), (\w+),", table, re.MULTILINE))


def links(top, path, text):
    for match in LINK.finditer(without(FENCE, text)):
        target, _, fragment = match.group(1).partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        place = (path.parent / target).resolve() if target else path
        if not place.exists() or not place.is_relative_to(top):
            yield line_of(text, match.start()), f"leads nowhere: {match.group(1)}"
        elif fragment and place.suffix == ".md" and fragment not in headings(place):
            yield line_of(text, match.start()), f"no such heading: {match.group(1)}"


def paths(top, text):
    for match in PATH.finditer(without(FENCE, text)):
        if not (top / match.group(1)).exists() and not PLACEHOLDER.search(match.group(1)):
            yield line_of(text, match.start()), f"no such file: {match.group(1)}"


def settings(known, text):
    sections = {section for section, _ in known}
    named = re.compile(r"(?<![\w./@-])(%s)\.([a-z_0-9]+)(?![\w./*…-]*[\w/*…-]|\()" % "|".join(sorted(sections)))
    for match in named.finditer(text):
        if match.groups() not in known and match.group(2) not in ENDINGS:
            yield line_of(text, match.start()), f"no such setting: {match.group()}"
    for example in INI.finditer(text):
        section = None
        for offset, line in enumerate(example.group(1).splitlines(), line_of(text, example.start(1))):
            head, setting = re.match(r" *\[(\w+)\]", line), re.match(r" *(\w+) *=", line)
            section = head.group(1) if head else section
            if head and section not in sections:
                yield offset, f"no such section: [{section}]"
            if setting and (section, setting.group(1)) not in known:
                yield offset, f"no such setting: [{section}] {setting.group(1)}"


def in_source(top, pattern):
    found = set()
    for path in sorted((top / "src").rglob("*.c")):
        found |= set(re.findall(pattern, path.read_text(encoding="utf-8")))
    return found


def operations(top):
    page = top / "docs/operations.md"
    if not page.exists():
        return
    text = page.read_text(encoding="utf-8")
    rows = "\n".join(re.findall(r"^\| *(`[^|]*)\|", text, re.MULTILINE))
    metrics = in_source(top, r'"(latchkey_[a-z_]+)"')
    events = in_source(top, r'log_write\w*\([^"]*?"(\w+)"')
    told = set(re.findall(r"`(\w+)`", rows))
    for name in sorted((metrics | events) - told):
        yield 1, f"does not name {name}"
    for name in sorted(told - metrics):
        if name.startswith("latchkey_"):
            yield line_of(text, text.index(name)), f"there is no metric {name}"
    logs = text[text.find("## Logs"):text.find("## Metrics")]
    for row in re.findall(r"^\| *(`[^|]*)\|", logs, re.MULTILINE):
        for name in set(re.findall(r"`(\w+)`", row)) - events:
            yield line_of(text, text.index(row)), f"there is no event {name}"


def tracked(top, *patterns):
    command = ["git", "-C", str(top), "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns]
    listed = subprocess.run(command, capture_output=True, text=True, check=False)
    if listed.returncode == 0:
        names = [name for name in listed.stdout.split("\0") if name]
    else:
        names = [str(path.relative_to(top)) for pattern in patterns for path in top.rglob(pattern.split("/")[-1])]
    return [top / name for name in sorted(set(names)) if (top / name).exists()]


def faults(top):
    known = read_settings(top)
    for path in tracked(top, "*.md"):
        text = path.read_text(encoding="utf-8")
        for check in (links(top, path, text), paths(top, text), settings(known, text)):
            for line, words in check:
                yield f"{path.relative_to(top)}:{line}: {words}"
    for path in tracked(top, "docs/man/*.[158]", "docs/systemd/*.service", "docs/nginx/*.conf", "docs/images/*.svg"):
        for line, words in settings(known, path.read_text(encoding="utf-8")):
            yield f"{path.relative_to(top)}:{line}: {words}"
    for line, words in operations(top):
        yield f"docs/operations.md:{line}: {words}"


def main(arguments):
    top = pathlib.Path(arguments[1] if len(arguments) > 1 else ".").resolve()
    found = list(faults(top))
    print("\n".join(found) if found else "clean")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
