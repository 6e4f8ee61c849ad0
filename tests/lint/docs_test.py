#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A lint that finds nothing because it looks at nothing would be worse than none: each fault is planted once."""
import os
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import docs  # noqa: E402

TABLE = 'SETTING(server, listen, WORDS, 1, 8, "", "")\nSETTING(log, level, CHOICE, 0, 0, "", "")\n'
SOURCE = 'x("latchkey_hits_total"); log_write(a ? LOW : HIGH,\n    "ready", log_text("url", url));\n'
OPERATIONS = "## Logs\n| event |\n| --- |\n| `ready` | info | `url` |\n## Metrics\n| `latchkey_hits_total` | counter |\n"


def found(page, operations=OPERATIONS):
    """The faults of a tree with this page as docs/page.md, without the file's name."""
    with tempfile.TemporaryDirectory() as folder:
        top = pathlib.Path(folder).resolve()
        for name, text in {"src/config/settings.def": TABLE, "src/a.c": SOURCE, "docs/page.md": page,
                           "docs/other.md": "# Top\n## The `lkSend` way\n```\n# not a heading\n```\n",
                           "docs/operations.md": operations}.items():
            (top / name).parent.mkdir(parents=True, exist_ok=True)
            (top / name).write_text(text, encoding="utf-8")
        return [fault.split(":", 1)[1] for fault in docs.faults(top)]


class Docs(unittest.TestCase):
    def test_what_is_right_passes(self):
        self.assertEqual(found("[a](other.md) ![b](other.md#top) [c](#here) [d](https://x.example/y) [e](other.md#the-lksend-way)\n"
                               "# Here\n`server.listen` log.level `src/a.c` `src/config` log.md server.c accounts.example.com\n"
                               "```text\n[x](nowhere.md) `src/nothing.c`\n```\n```ini\n[log]\nlevel = info\n```\n"), [])

    def test_links(self):
        self.assertEqual(found("\n[a](nowhere.md)"), ["2: leads nowhere: nowhere.md"])
        self.assertEqual(found("[a](../../etc)"), ["1: leads nowhere: ../../etc"])
        self.assertEqual(found("[a](other.md#bottom)"), ["1: no such heading: other.md#bottom"])
        self.assertEqual(found("[a](other.md#not-a-heading)"), ["1: no such heading: other.md#not-a-heading"])

    def test_paths(self):
        self.assertEqual(found("see `src/gone.c`"), ["1: no such file: src/gone.c"])

    def test_settings(self):
        self.assertEqual(found("`server.listens`"), ["1: no such setting: server.listens"])
        self.assertEqual(found("set log.levels."), ["1: no such setting: log.levels"])
        self.assertEqual(found("```ini\n[server]\nlevel = info\n[logs]\n```"),
                         ["3: no such setting: [server] level", "4: no such section: [logs]"])

    def test_operations(self):
        self.assertEqual(found("", OPERATIONS.replace("| `ready`", "| `steady`")),
                         ["1: does not name ready", "4: there is no event steady"])
        self.assertEqual(found("", OPERATIONS.replace("hits", "misses")),
                         ["1: does not name latchkey_hits_total", "6: there is no metric latchkey_misses_total"])


if __name__ == "__main__":
    unittest.main()
