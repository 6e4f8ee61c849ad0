# SPDX-License-Identifier: Apache-2.0
"""The fixtures and tests of one file for another, which runs them over another kind of directory:

    globals().update(borrowed(test_people, only=["test_s3_edit_as_json"]))
"""


def borrowed(module, only=None, but=()):
    """All that the module has; of its tests those named in `only` (all if not given), without those in `but`."""
    everything = {name: thing for name, thing in vars(module).items() if not name.startswith("__")}
    tests = {name for name in everything if name.startswith("test_")}
    wanted = tests - set(but) if only is None else set(only)
    missing = (wanted | set(but)) - tests
    assert not missing, f"{module.__name__} has no {missing}"
    return {name: thing for name, thing in everything.items() if name not in tests - wanted}
