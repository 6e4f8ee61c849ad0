# SPDX-License-Identifier: Apache-2.0
"""The real latchkeyd, with a folder, a port and a log of its own.

    with Daemon(tmp_path / "daemon", directory) as daemon:          # a directory of the harness
    with Daemon(tmp_path / "daemon", embedded=True) as daemon:      # its own embedded slapd
        client = Client(daemon.url)

Mail goes to the Maildir daemon.mailbox unless deliver_to says otherwise. Settings are given as in the configuration file:
settings={"courier.retry_first": "1s"}.
"""
import os
import pathlib
import signal
import subprocess
import time
import urllib.error
import urllib.request

from .directory import DirectoryClient
from .mailbox import Maildir
from .ports import free_port
from .processes import die_with_parent

SOURCE = pathlib.Path(__file__).resolve().parents[3]
BUILD = pathlib.Path(os.environ.get("LATCHKEY_BUILD", SOURCE / "build" / "release"))
PROGRAM = pathlib.Path(os.environ.get("LATCHKEYD", BUILD / "latchkeyd"))
READY_DEADLINE = float(os.environ.get("LATCHKEY_READY_DEADLINE", "60"))
STOP_DEADLINE = 60.0


class Daemon:
    def __init__(self, folder, directory=None, embedded=False, settings=None, public_url=None):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.directory = directory
        self.embedded = embedded
        self.mailbox = Maildir(self.folder / "mail")
        self.configuration = self.folder / "latchkey.conf"
        self.log_path = self.folder / "log"
        self.port = 0
        self.process = None
        self.public_url = public_url
        self.settings = {
            "server.listen": "127.0.0.1:0",
            "server.public_url": public_url or "http://127.0.0.1:1",
            "links.key_ring": "keys",
            "courier.deliver_to": f"maildir:{self.mailbox.path}",
            "courier.from": "no-reply@latchkey.example",
            "courier.lease": "60s",  # nothing is sent twice because a machine is busy
            "courier.timeout": "2s",
            "courier.retry_first": "1s",
            "courier.retry_longest": "2s",
            "directory.poll_interval": "1s",
            "accounts.argon2_memory": "8m",
            "accounts.argon2_passes": "1",
            # Tests of something else sign in and ask for mail all the time, from one address: test_limits.py sets its own.
            "limits.account_tries": "1000",
            "limits.name_tries": "0",
            "limits.address_tries": "0",
            "limits.network_tries": "0",
            "limits.mail_tries": "0",
            "pages.support_name": "Support",
            "pages.support_address": "support@latchkey.example",
        }
        if embedded:
            self.settings["directory.embedded"] = "directory"
        else:
            self.settings["directory.uri"] = directory.ldapi_uri
            self.settings["directory.suffix"] = directory.suffix
            self.settings.update(directory.daemon_settings)
        self.settings.update(settings or {})

    # ---- configuration

    def write_configuration(self):
        sections = {}
        for name, value in self.settings.items():
            section, _, key = name.partition(".")
            sections.setdefault(section, []).append(f"{key} = {value}")
        text = "\n".join(f"[{section}]\n" + "\n".join(lines) + "\n" for section, lines in sections.items())
        self.configuration.write_text(text)

    def set(self, **settings):
        """set(pages_notice="…"): for the next start or reload."""
        self.settings.update({name.replace("_", ".", 1): value for name, value in settings.items()})
        self.write_configuration()

    # ---- life

    def command(self, *arguments):
        return [str(PROGRAM), "-c", str(self.configuration), *arguments]

    def environment(self):
        return {**os.environ, "LATCHKEY_SHARE": str(BUILD / "share" / "latchkey")}

    def start(self, wait=True):
        """The port is chosen the first time and stays the same afterwards, so that links go on working."""
        if self.port == 0 and self.settings["server.listen"] == "127.0.0.1:0":
            self.port = free_port()
            self.settings["server.listen"] = f"127.0.0.1:{self.port}"
            if self.public_url is None:
                self.settings["server.public_url"] = f"http://127.0.0.1:{self.port}"
        self.write_configuration()
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(self.command(), stderr=log, stdout=log, stdin=subprocess.DEVNULL,
                                            env=self.environment(), preexec_fn=die_with_parent)
        if wait:
            self.wait_ready()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def probe(self, path):
        try:
            with urllib.request.urlopen(self.url + path, timeout=5) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return None

    def wait_ready(self, path="/readyz"):
        self.wait_status(path, 200)

    def wait_status(self, path, status):
        """Until it answers so there."""
        deadline = time.monotonic() + READY_DEADLINE
        while (last := self.probe(path)) != status:
            assert self.process.poll() is None, f"latchkeyd ended with {self.process.returncode}:\n{self.log()[-4000:]}"
            assert time.monotonic() < deadline, f"latchkeyd answers {last}, not {status}, at {path}:\n{self.log()[-4000:]}"
            time.sleep(0.01)

    def reload(self):
        before = self.log().count("event=reloaded")
        self.process.send_signal(signal.SIGHUP)
        self.wait_log(lambda log: log.count("event=reloaded") > before)

    def stop(self):
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(STOP_DEADLINE)
        self.process = None
        assert code == 0, f"latchkeyd ended with {code}:\n{self.log()[-4000:]}"

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, kind, *_):
        if self.process is None:
            return
        if kind is None:
            self.stop()
        else:
            self.kill()

    # ---- looking at it

    def log(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def wait_log(self, condition, seconds=60.0):
        deadline = time.monotonic() + seconds
        while not condition(self.log()):
            assert time.monotonic() < deadline, f"the log does not say it:\n{self.log()[-4000:]}"
            time.sleep(0.01)

    def resident(self):
        """Bytes of resident memory."""
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise AssertionError("no VmRSS")

    def embedded_client(self):
        """The embedded directory, as the administrator."""
        folder = self.folder / "directory"
        uri = "ldapi://" + str(folder / "ldapi").replace("/", "%2F")
        return DirectoryClient(uri, (folder / "admin.password").read_text().strip())
