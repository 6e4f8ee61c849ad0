#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Renders the pages and letters with the sample data of tests/e2e/pages and takes pictures of them, to be looked at.

    look_at_pages.py BUILD_FOLDER OUTPUT_FOLDER [--language TAG] [--only WORD] [--dark] [--width PIXELS]...

One picture for each sample and width, and a sheet OUTPUT_FOLDER/index.html with all of them. Chromium runs with a
profile of its own and reaches nothing but these files.
"""
import argparse
import http.server
import functools
import pathlib
import shutil
import subprocess
import tempfile
import threading

TOP = pathlib.Path(__file__).resolve().parents[2]
PAGES = TOP / "tests" / "e2e" / "pages"
TEMPLATES = TOP / "src" / "views" / "templates"


def template_of(sample):
    """"link+tied" is page/link.html, "letter+invite" is letter/invite.html."""
    name, _, variant = sample.partition("+")
    return f"letter/{variant}.html" if name == "letter" else f"page/{name}.html"


def render(build, template, sample, language):
    program = build / "tests" / "e2e" / "render_page"
    return subprocess.run([program, template, PAGES / f"{sample}.json", language], check=True, stdout=subprocess.PIPE,
                          env={"LATCHKEY_SHARE": str(build / "share" / "latchkey")}).stdout


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def picture(url, path, width, height, dark, profile):
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
             f"--user-data-dir={profile}", f"--screenshot={path}", f"--window-size={width},{height}"]
    if dark:
        flags += ["--force-dark-mode", "--blink-settings=preferredColorScheme=0"]
    subprocess.run(["chromium", *flags, url], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                   timeout=60)


def main():
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("build", type=pathlib.Path)
    words.add_argument("output", type=pathlib.Path)
    words.add_argument("--language", default="en")
    words.add_argument("--only", default="")
    words.add_argument("--dark", action="store_true")
    words.add_argument("--width", type=int, action="append")
    words.add_argument("--height", type=int, default=900)
    asked = words.parse_args()
    asked.output.mkdir(parents=True, exist_ok=True)
    shutil.copytree(TEMPLATES / "static", asked.output / "static", dirs_exist_ok=True)
    samples = sorted(path.stem for path in PAGES.glob("*.json") if asked.only in path.stem)
    for sample in samples:
        (asked.output / f"{sample}.html").write_bytes(
            render(asked.build.resolve(), template_of(sample), sample, asked.language))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=asked.output))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    pictures = []
    with tempfile.TemporaryDirectory() as profile:
        for sample in samples:
            for width in asked.width or [360, 1200]:
                name = f"{sample}.{width}{'.dark' if asked.dark else ''}.png"
                picture(f"http://127.0.0.1:{server.server_port}/{sample}.html", asked.output / name, width,
                        asked.height, asked.dark, profile)
                pictures.append(name)
    server.shutdown()
    (asked.output / "index.html").write_text("".join(
        f'<figure><img src="{name}" alt=""><figcaption>{name}</figcaption></figure>\n' for name in pictures))


if __name__ == "__main__":
    main()
