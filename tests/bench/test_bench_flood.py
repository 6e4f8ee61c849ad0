# SPDX-License-Identifier: Apache-2.0
"""Two thousand people sign in at once: how many a second get in, and what it costs in memory."""
import collections
import concurrent.futures
import pathlib
import re
import threading
import time

from figures import report
from harness.client import Client
from harness.daemon import Daemon
from harness.directory import Directory

PASSWORD = "violet-anvil-9-teacup"
CROWD = 2000
NAMES = 20


def highest(process):
    """Bytes of resident memory when it was at its highest."""
    status = pathlib.Path(f"/proc/{process}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) * 1024


def test_flood_of_sign_ins(tmp_path):
    """Production's parameters and bounds; only the limit by address is off, because all come from here."""
    settings = {"accounts.argon2_memory": "19m", "accounts.argon2_passes": "2", "limits.account_tries": "1000"}
    with Directory(tmp_path / "directory", waits_for_disk=True) as directory, Daemon(tmp_path / "daemon", directory, settings=settings) as daemon:
        names = [f"crowd-{i}" for i in range(NAMES)]
        for name in names:
            assert Client(daemon.url).sign_up(name, PASSWORD).path == "/associate"
        fields = Client(daemon.url).get("/signin").form("/signin", ["name"]).fields
        before, together = daemon.resident(), threading.Barrier(CROWD)

        def sign_in(i):
            client = Client(daemon.url)
            together.wait()
            try:
                return client.post("/signin", {**fields, "name": names[i % NAMES], "password": PASSWORD}, follow=False).status
            except OSError as error:
                return type(error).__name__

        threading.stack_size(256 * 1024)
        began = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(CROWD) as pool:
            found = collections.Counter(pool.map(sign_in, range(CROWD)))
        seconds = time.monotonic() - began
        most = highest(daemon.process.pid)
        print(f"\n{dict(found)} in {seconds:.1f} s; {before >> 20} MiB before, {most >> 20} MiB at the most")
        assert set(found) <= {303, 429, 503}, found
        assert Client(daemon.url).sign_in(names[0], PASSWORD).status == 200
        report("flood: sign-ins per second", found[303] / seconds, 2, "/s", statuses={str(k): v for k, v in found.items()})
        report("flood: memory gained", (most - before) / (1 << 20), 128, " MiB", better="most")
