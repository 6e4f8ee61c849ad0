# SPDX-License-Identifier: Apache-2.0
"""A request under way while a test does something else."""
import threading


class Request(threading.Thread):
    """A request whose answer may never come."""

    def __init__(self, run):
        super().__init__(daemon=True)
        self.run_it, self.answer = run, None
        self.start()

    def run(self):
        try:
            self.answer = self.run_it()
        except OSError:
            pass  # cut off without a word

    def wait(self, seconds=60.0):
        self.join(seconds)
        assert not self.is_alive(), "the request hangs"
        return self.answer
