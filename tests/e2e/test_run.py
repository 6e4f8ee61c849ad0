# SPDX-License-Identifier: Apache-2.0
"""./run: a fresh folder to a working demonstration, the lines it prints, a second start that keeps the data, and its end."""
import pathlib
import shlex
import shutil
import signal
import subprocess

import pytest

from harness.client import Client
from harness.daemon import BUILD, free_port
from harness.mailbox import Maildir

SOURCE = pathlib.Path(__file__).resolve().parents[2]
PASSWORD = "violet-anvil-9-teacup"


class Run:
    def __init__(self, state):
        self.state, self.http, self.ldap = state, free_port(), free_port()

    def start(self):
        self.process = subprocess.Popen(
            [SOURCE / "run", "--state", self.state, "--http", f"127.0.0.1:{self.http}", "--ldap", f"127.0.0.1:{self.ldap}"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)
        self.searches, said = [], []
        for line in self.process.stdout:
            said.append(line)
            if line.strip().startswith("ldapsearch"):
                self.searches.append(shlex.split(line))
            if len(self.searches) == 3:
                return "".join(said)
        raise AssertionError("".join(said))

    def stop(self, how=signal.SIGINT):
        self.process.send_signal(how)
        self.process.wait(60)
        self.process.stdout.close()

    def processes(self):
        return subprocess.run(["pgrep", "-f", str(self.state)], capture_output=True, text=True).stdout.split()


@pytest.mark.slow
@pytest.mark.skipif(BUILD.name != "release", reason="./run builds and starts the release build")
def test_run(tmp_path):
    run = Run(tmp_path / "state of things")
    said = run.start()
    try:
        assert f"http://127.0.0.1:{run.http}" in said
        for search in run.searches:
            found = subprocess.run(search, capture_output=True, text=True, check=True).stdout
            assert "dn: " in found, search
        client = Client(f"http://127.0.0.1:{run.http}")
        client.sign_up("walker", PASSWORD)
        assert client.get("/associate").submit("/associate", mail="ben.brook@acme.example").path == "/associate/sent"
        letter = Maildir(run.state / "mail").newest("ben.brook@acme.example")
        newest = subprocess.run([SOURCE / "run", "--state", run.state, "--newest-link"], capture_output=True, text=True, check=True)
        assert newest.stdout.strip() == letter.link
        page = client.get(letter.link)
        assert page.submit("/t", token=letter.token).path.startswith("/associated")
    finally:
        run.stop()
    assert run.processes() == [], "Ctrl-C ends everything"

    run.start()
    try:
        page = Client(f"http://127.0.0.1:{run.http}").sign_in("walker", PASSWORD)
        assert page.path == "/" and "Acme Tools" in page.text, "the data is kept"
    finally:
        run.stop(signal.SIGTERM)
    assert run.processes() == []
    shutil.rmtree(run.state)
