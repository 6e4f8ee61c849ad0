# SPDX-License-Identifier: Apache-2.0
"""Programs that a test starts do not outlive it, however it ends."""
import ctypes
import signal

_LIBC = ctypes.CDLL(None)  # here, for between fork and exec a process that has threads must not load anything
_PR_SET_PDEATHSIG = 1


def die_with_parent():
    """For preexec_fn."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
