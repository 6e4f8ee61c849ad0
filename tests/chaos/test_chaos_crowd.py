# SPDX-License-Identifier: Apache-2.0
"""A customer with ten thousand people moves in: one LDIF, every entry with its invite, by ldapadd. The daemon is killed twice
meanwhile."""
import re
import subprocess
import threading
import time

from harness.daemon import Daemon
from parts.world import (SETTINGS, Person, account_dn, add_account, add_organization, check_directory, digest_of, token_of,
                         tokens_on, unique, was_redeemed)

PEOPLE = 10_000
MEMORY_MORE = 16 * 2**20
PROGRESS = re.compile(r"event=outbox waiting=(\d+) done=(\d+) seconds=\d+")


def write_people(path, organization, count, domain):
    """As a sysadmin has it from the personnel department."""
    with open(path, "w") as file:
        for i in range(count):
            file.write(f"dn: cn=Person {i},{organization}\nobjectClass: inetOrgPerson\nobjectClass: lkProfile\ncn: Person {i}\n"
                       f"sn: Number {i}\nmail: person-{i}@{domain}\nlkSend: invite\n\n")


def add_people(directory, path):
    return subprocess.Popen(["ldapadd", "-x", "-H", directory.ldapi_uri, "-D", directory.admin_dn, "-w", directory.admin_password,
                             "-f", path], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


class Watch:
    """The daemon's memory, looked at again and again."""

    def __init__(self, daemon):
        self.daemon, self.most, self._over = daemon, 0, threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        while not self._over.wait(0.05):
            self.most = max(self.most, self.daemon.resident())

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()


def test_ten_thousand_are_invited_in_one_go(directory, mail, tmp_path):
    """s02, s03: nobody is forgotten, the log tells how far it has come, and the daemon does not grow."""
    organization, domain = add_organization(directory), f"{unique('crowd')}.example"
    write_people(tmp_path / "people.ldif", organization, PEOPLE, domain)
    account = add_account(directory)
    settings = {**SETTINGS, "courier.deliver_to": mail.url, "courier.workers": "8", "courier.timeout": "10s", "courier.lease": "12s"}
    with Daemon(tmp_path / "daemon", directory, settings=settings) as daemon:
        directory.modify(directory.add_profile(organization, "First", f"first@{domain}"), add={"lkSend": "invite"})
        mail.wait_for(1)
        directory.wait_until_all_is_sent(300)
        idle = daemon.resident()
        begun = time.monotonic()
        adding = add_people(directory, tmp_path / "people.ldif")
        with Watch(daemon) as first:
            mail.wait_for(PEOPLE // 4, 300)
        daemon.kill()
        assert adding.wait(300) == 0, adding.stderr.read()
        daemon.start()  # all that is left waits at once now
        with Watch(daemon) as second:
            mail.wait_for(PEOPLE // 2, 300)
        daemon.kill()
        daemon.start()
        with Watch(daemon) as third:
            directory.wait_until_all_is_sent(300)
        seconds = time.monotonic() - begun
        daemon.wait_log(lambda log: PROGRESS.findall(log)[-1][0] == "0")  # told after the last has left the outbox
        told = [tuple(map(int, line)) for line in PROGRESS.findall(daemon.log())]

        most = max(watch.most for watch in (first, second, third))
        print(f"{PEOPLE} people in {seconds:.0f} s; memory idle {idle / 2**20:.1f} MiB, at most {most / 2**20:.1f} MiB; "
              f"{len(mail.messages)} messages")
        reached = {message.envelope_to[0] for message in mail.messages}
        assert reached == {f"person-{i}@{domain}" for i in range(PEOPLE)} | {f"first@{domain}"}
        living, _ = check_directory(directory, mail, organization)
        assert living == PEOPLE + 1, "one live link for everybody, and it was mailed"
        assert most - idle <= MEMORY_MORE
        assert told[0][0] >= 100, f"a first line, and a last: {told}"
        assert told[-1][1] > PEOPLE // 4, f"what the last daemon has sent: {told}"

        last = directory.search("(cn=Person 9999)", organization)[0][1]
        token = next(t for t in map(token_of, mail.to(f"person-9999@{domain}")) if digest_of(t) in tokens_on(last))
        assert was_redeemed(Person(daemon, directory, account).redeem(token))
        assert directory.values(f"cn=Person 9999,{organization}", "lkAccountDN") == [account_dn(directory, account)]
