#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs a slow examiner over every .c file of src/, one process for each file, two at a time.

    each_file.py tidy|analyzer COMPILE_COMMANDS CACHE_FOLDER

One process for each file, because clang-tidy 14 given several reports a false valist.Uninitialized. A file that was
clean is not examined again while it, every project header it includes, its flags, the settings and the examiner's
version stay as they were: the cache folder holds an empty file named by a hash over all of them. Where the tree lies does
not count, so several checkouts can share one: LK_LINT_CACHE names a folder in place of CACHE_FOLDER.
"""
import hashlib
import json
import os
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TOOLS = {"tidy": "clang-tidy-14", "analyzer": "gcc"}
# clang's analyzer follows each function's paths until it has seen so many states. Its own measure is three times as much, and two
# and a half times as long, for which the half hour of all tests has no room; gcc's analyzer and the sanitizers look on.
STATES = 75000


def compile_flags(entry):
    """The compile command without compiler, output and input."""
    words = shlex.split(entry["command"])[1:]
    flags = []
    while words:
        word = words.pop(0)
        if word in ("-o", "-MF", "-MT", "-MQ"):
            words.pop(0)
        elif word not in ("-c", "-MD", "-MMD") and os.path.abspath(os.path.join(entry["directory"], word)) != entry["file"]:
            flags.append(word)
    return flags


def examine_command(tool, entry):
    flags = compile_flags(entry)
    if tool == "tidy":
        return [TOOLS[tool], "--quiet", entry["file"], "--"] + flags + [
            "-Xclang", "-analyzer-config", "-Xclang", f"max-nodes={STATES}"]
    # Unoptimised and with variables left as they are: otherwise the compiler takes away what there is to find.
    return [TOOLS[tool]] + flags + ["-fanalyzer", "-O0", "-U_FORTIFY_SOURCE", "-ftrivial-auto-var-init=uninitialized",
                                    "-o", os.devnull, "-c", entry["file"]]


def project_files(entry):
    """The file and every header of ours that it includes, as the compiler sees them."""
    command = ["gcc", "-MM", entry["file"]] + [flag for flag in compile_flags(entry) if flag[:2] in ("-I", "-D", "-i")]
    rule = subprocess.run(command, capture_output=True, text=True, check=False, cwd=entry["directory"])
    if rule.returncode != 0:
        return None
    return sorted(set(rule.stdout.replace("\\\n", " ").split(":", 1)[1].split()))


def fingerprint(tool, version, entry):
    files = project_files(entry)
    if files is None:
        return None
    settings = [os.path.join(TOP, ".clang-tidy")] if tool == "tidy" else []
    seal = hashlib.sha256(repr([tool, version, examine_command(tool, entry)]).replace(TOP + os.sep, "").encode())
    for name in settings + files:
        with open(name, "rb") as content:
            seal.update(hashlib.sha256(content.read()).digest())
    return seal.hexdigest()


def examine(tool, version, entry, cache):
    """Returns (file, clean, cached, output)."""
    name = os.path.relpath(entry["file"], TOP)
    seal = fingerprint(tool, version, entry)
    stamp = os.path.join(cache, seal) if seal else None
    if stamp and os.path.exists(stamp):
        os.utime(stamp)
        return name, True, True, ""
    run = subprocess.run(examine_command(tool, entry), capture_output=True, text=True, check=False,
                         cwd=entry["directory"], errors="replace")
    clean = run.returncode == 0
    if clean and stamp:
        with open(stamp, "w", encoding="ascii"):
            pass
    return name, clean, False, "" if clean else run.stdout + run.stderr


def main(tool, commands, cache):
    cache = os.path.join(os.environ["LK_LINT_CACHE"], tool) if "LK_LINT_CACHE" in os.environ else cache
    os.makedirs(cache, exist_ok=True)
    version = subprocess.run([TOOLS[tool], "--version"], capture_output=True, text=True, check=True).stdout
    with open(commands, encoding="utf-8") as file:
        entries = {entry["file"]: entry for entry in json.load(file)}
    entries = [entries[name] for name in sorted(entries) if name.startswith(os.path.join(TOP, "src") + os.sep)]
    bad = cached = 0
    with ThreadPoolExecutor(max_workers=2) as pool:
        for name, clean, known, output in pool.map(lambda entry: examine(tool, version, entry, cache), entries):
            bad += not clean
            cached += known
            if not known:
                print(f"{name}: {'clean' if clean else 'NOT CLEAN'}", flush=True)
            if output:
                print(output, flush=True)
    print(f"{len(entries)} files, {bad} not clean, {cached} unchanged since they were clean")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
