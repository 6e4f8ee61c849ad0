# SPDX-License-Identifier: Apache-2.0
"""Every template with the sample data of tests/e2e/pages, in every language: what a page must be, whoever uses it."""
import html.parser
import json
import pathlib
import re
import subprocess

import pytest

from harness.daemon import BUILD, SOURCE
from look_at_pages import PAGES, TEMPLATES, template_of

pytestmark = pytest.mark.one_thread

SAMPLES = sorted(path.stem for path in PAGES.glob("*.json"))
LANGUAGES = ["en", "de"]
VOID = {"meta", "link", "img", "input", "br", "hr"}


def render(template, data, language="en", templates=None):
    words = [BUILD / "tests" / "e2e" / "render_page", template, data, language] + ([templates] if templates else [])
    return subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True,
                          env={"LATCHKEY_SHARE": str(BUILD / "share" / "latchkey")}).stdout


class Page(html.parser.HTMLParser):
    """Elements as (name, attributes), their nesting checked."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.elements, self.open, self.faults, self.text = [], [], [], []
        self.feed(text)
        self.close()
        self.faults += [f"<{name}> is not closed" for name in self.open]

    def handle_starttag(self, tag, attrs):
        names = [name for name, _ in attrs]
        if len(names) != len(set(names)):
            self.faults.append(f"<{tag}> has an attribute twice")
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> closes another element")

    def handle_data(self, data):
        self.text.append(data)

    def all(self, *names):
        return [attributes for name, attributes in self.elements if name in names]


@pytest.fixture(scope="module", params=[(sample, language) for sample in SAMPLES for language in LANGUAGES],
                ids=lambda pair: f"{pair[0]}-{pair[1]}")
def page(request):
    sample, language = request.param
    text = render(template_of(sample), PAGES / f"{sample}.json", language)
    result = Page(text)
    result.source, result.sample, result.language = text, sample, language
    result.is_letter = sample.startswith("letter")
    return result


def test_is_whole_and_well_formed(page):
    assert page.faults == []
    assert page.source.startswith("<!doctype html>")
    assert "{{" not in page.source and "}}" not in page.source
    assert page.all("html") == [{"lang": page.language}]
    words = " ".join(page.text)
    assert not re.search(r"[{}]", words)
    assert len(page.all("h1")) == (0 if page.is_letter else 1)


def test_says_nothing_empty(page):
    """A value that the template names and the data has not shows as an empty element, or as a sentence with a hole."""
    ornamental = re.sub(r'<(\w+)[^>]* aria-hidden="true"[^>]*></\1>', "", page.source)
    assert re.findall(r"<(h1|h2|p|a|button|label|dt|dd|li|strong|title)(?: [^>]*)?>\s*</\1>", ornamental) == []
    words = re.sub(r"\s+", " ", "".join(page.text))
    assert not re.search(r"“”|„“| ,|\( ?\)", words)


def test_obeys_the_content_security_policy(page):
    """No script, style or handler in the page itself; nothing from elsewhere is loaded."""
    for name, attributes in page.elements:
        assert name not in ("style", "iframe", "object", "embed", "base"), name
        assert not any(attribute.startswith("on") for attribute in attributes), attributes
        assert page.is_letter or "style" not in attributes, attributes
        if name in ("script", "img") or (name == "link" and attributes["rel"] in ("stylesheet", "icon")):
            assert (attributes.get("src") or attributes.get("href")).startswith("/static/")
    assert len(page.all("script")) == (0 if page.is_letter else 1)
    assert not re.search(r"<script[^>]*>[^<]", page.source)


def test_static_files_are_there(page):
    for attributes in page.all("script", "img", "link"):
        path = attributes.get("src") or attributes.get("href")
        assert (TEMPLATES / "static" / path.removeprefix("/static/")).is_file()


def test_fields_have_labels_and_hints(page):
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    labelled = {attributes["for"] for attributes in page.all("label")}
    assert labelled <= set(ids)
    for attributes in page.all("input"):
        if attributes["type"] == "hidden" or "hidden" in attributes:  # or for the browser's own store of passwords
            continue
        assert attributes["id"] in labelled
        assert attributes["id"] == attributes["name"]
        assert attributes["type"] == "checkbox" or attributes["autocomplete"]
    for _, attributes in page.elements:
        for reference in ("aria-describedby", "aria-labelledby"):
            assert set((attributes.get(reference) or "").split()) <= set(ids), attributes
        assert "list" not in attributes or attributes["list"] in ids
        href = attributes.get("href") or ""
        assert not href.startswith("#") or href[1:] in ids, href


def test_errors_stand_beside_their_fields(page):
    data = json.loads((PAGES / f"{page.sample}.json").read_text())
    errors = data.get("errors", [])
    wrong = [attributes["name"] for attributes in page.all("input") if attributes.get("aria-invalid") == "true"]
    # A button has nothing in it that could be wrong; it is described by what stands in its way.
    wrong += [attributes["id"] for attributes in page.all("button") if (attributes.get("aria-describedby") or "").endswith("-error")]
    assert sorted(wrong) == sorted(error["field"] for error in errors)
    for error in errors:
        assert f'id="{error["field"]}-error">' in page.source
        assert f'href="#{error["field"]}"' in page.source
    assert (len([a for a in page.all("div") if a.get("role") == "alert"]) == 1) == bool(errors)


def test_passwords_are_never_shown_again(page):
    for attributes in page.all("input"):
        if attributes["type"] == "password" or attributes.get("name") == "answer":
            assert "value" not in attributes


def test_every_post_carries_csrf(page):
    forms = re.findall(r'<form method="post"[^>]*>.*?</form>', page.source, re.S)
    assert len(forms) == page.source.count('method="post"')
    for form in forms:
        assert form.count('name="csrf"') == 1
        assert 'name="csrf" value="t0k3n"' in form


def test_headings_and_landmarks(page):
    if page.is_letter:
        return
    levels = [int(name[1]) for name, _ in page.elements if re.fullmatch(r"h[1-6]", name)]
    assert all(later - earlier <= 1 for earlier, later in zip(levels, levels[1:]))
    for landmark in ("header", "main", "footer"):
        assert len(page.all(landmark)) == 1
    assert page.elements[[name for name, _ in page.elements].index("body") + 1] == (
        "a", {"class": "skip", "href": "#main"})


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["associate", "invite", "confirm", "reset"])
def test_letters_say_it_all_in_plain_text(kind, language):
    data = json.loads((PAGES / f"letter+{kind}.json").read_text())
    text = render(f"letter/{kind}.txt", PAGES / f"letter+{kind}.json", language)
    lines = text.splitlines()
    assert data["link"] in lines  # alone on its line, whole
    assert all(len(line) <= 72 for line in lines if "http" not in line)
    assert "{" not in text and "<" not in text
    until = {"en": "23 November 2026, 19:41 UTC", "de": "23. November 2026, 19:41 UTC"}[language]
    words = re.sub(r"\s+", " ", text)
    for value in [until, data["service"], data["support"]["address"], data["support"]["url"]]:
        assert value in words
    wanted = {"associate": ["Ada Byron", "a.byron@analytical.example", "ada@lovelace.example", "Analytical Engines Ltd"],
              "invite": ["Ada Byron", "a.byron@analytical.example", "Charles Babbage", "Analytical Engines Ltd"],
              "confirm": ["ada@lovelace.example"],
              "reset": ["ada@lovelace.example"]}[kind]
    html_words = re.sub(r"\s+", " ", " ".join(Page(render(f"letter/{kind}.html", PAGES / f"letter+{kind}.json",
                                                          language)).text))
    for value in wanted + [data["link"], until]:
        assert value in words
        assert value in html_words
    subject = render(f"messages/letter_{kind}_subject", PAGES / f"letter+{kind}.json", language)
    assert subject and "\n" not in subject and "{" not in subject


def test_hostile_values_stay_values(tmp_path):
    """Every text of every sample is replaced by markup; none of it comes out as markup."""
    hostile = "\"'><script src=//x></script><b style=x onclick=y>&lt;\r\n\u2028{{csrf}}"

    def poisoned(value):
        if isinstance(value, dict):
            return {name: poisoned(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [poisoned(inner) for inner in value]
        return hostile if isinstance(value, str) and not re.match(r"\d{4}-", value) else value

    for sample in SAMPLES:
        data = json.loads((PAGES / f"{sample}.json").read_text())
        path = tmp_path / "data.json"
        path.write_text(json.dumps(poisoned(data)))
        poisonous = Page(render(template_of(sample), path))
        # What only some data show ({{#reason=…}}) may be missing, so the elements are a part of those of the sample.
        assert poisonous.faults == [], sample
        assert "{{csrf}}" in "".join(poisonous.text), sample
        scripts = poisonous.all("script")
        assert all(attributes["src"].startswith("/static/") for attributes in scripts), sample
        assert not any(name.startswith("on") for _, attributes in poisonous.elements for name in attributes), sample
        assert poisonous.all("b") == [], sample


def test_link_dead_needs_nothing_but_its_reason(tmp_path):
    """The door renders it once, at the start."""
    seen = set()
    for reason in ("garbage", "expired", "used", "foreign", "refused"):
        path = tmp_path / f"{reason}.json"
        path.write_text(json.dumps({"reason": reason}))
        heading = re.search(r"<h1>(.*?)</h1>", render("page/link_dead.html", path)).group(1)
        seen.add(heading)
    assert len(seen) == 5


def test_every_message_that_the_program_names_is_there():
    """Keys stand as literals in calls and in tables; a problem has a title too."""
    known = set(re.findall(r"^([a-z0-9_]+) *=", (TEMPLATES / "messages.txt").read_text(), re.M))
    source = "\n".join(path.read_text() for path in sorted((SOURCE / "src").glob("*/**/*.c")))
    problems = set(re.findall(r"web_(?:exchange_)?problem\([^;\"]*?\d+, \"([a-z_]+)\"", source))
    errors = set(re.findall(r"web_form_error\([^;]*?\"[a-z_]+\", \"([a-z_]+)\"", source))
    assert len(problems) > 8 and len(errors) > 5
    assert {key for key in problems if key not in known or f"{key}_title" not in known} == set()
    assert errors - known == set()
    for key in known:
        if key.endswith("_title"):
            assert key.removesuffix("_title") in known


@pytest.mark.parametrize(
    "source, function, prefix, least",
    [
        ("credentials/quality.c", "quality_reason_name", "password_reason_", 9),
        ("credentials/quality.c", "quality_verdict_name", "password_", 9),
        ("directory/set_password.c", "directory_refusal_name", "password_refused_", 8),
    ],
)
def test_every_reason_against_a_password_has_words(source, function, prefix, least):
    text = (SOURCE / "src" / source).read_text()
    body = text[text.index(f"{function}("):]
    names = re.findall(r'"([a-z_]+)"', body[: body.index("\n}\n")])
    known = (TEMPLATES / "messages.txt").read_text()
    assert len(names) >= least
    for name in names:
        assert f"\n{prefix}{name} =" in known


def test_catalogues_are_complete():
    result = subprocess.run([SOURCE / "src" / "views" / "po" / "extract", "--check"], stdout=subprocess.PIPE, text=True,
                            check=False)
    assert result.returncode == 0, result.stdout


def luminance(colour):
    channels = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


# What is written on what: 4.5 for text, 3 for the edges of fields and buttons (WCAG 2.1, 1.4.3 and 1.4.11).
PAIRS = [(ink, ground, 4.5) for ink in ("ink", "quiet", "accent", "accent-strong", "bad")
         for ground in ("paper", "card", "soft")]
PAIRS += [("on-accent", "accent", 4.5), ("on-accent", "accent-strong", 4.5), ("ink", "warn-soft", 4.5),
          ("bad", "bad-soft", 4.5), ("ink", "bad-soft", 4.5), ("warn", "warn-soft", 3), ("edge", "paper", 3),
          ("edge", "card", 3)]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast(scheme):
    blocks = re.findall(r":root \{(.*?)\}", (TEMPLATES / "static" / "style.css").read_text(), re.S)
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6});", blocks[0 if scheme == "light" else 1]))
    colours = {name: value if len(value) == 7 else "#" + "".join(c * 2 for c in value[1:])
               for name, value in colours.items()}
    faint = [(ink, ground, round(contrast(colours[ink], colours[ground]), 2)) for ink, ground, least in PAIRS
             if contrast(colours[ink], colours[ground]) < least]
    assert faint == []


def test_the_stylesheet_is_small():
    size = (TEMPLATES / "static" / "style.css").stat().st_size
    assert size < 14 * 1024 and pathlib.Path(TEMPLATES / "static" / "latchkey.js").stat().st_size < 2048
