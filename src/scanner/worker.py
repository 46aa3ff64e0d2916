"""Answers scan requests with Bandit's results: one JSON object a line, in and out."""
import sys

# The empty entry is the working directory: nothing there is ours to import.
sys.path[:] = [entry for entry in sys.path if entry]

import base64
import collections
import gc
import io
import json
import logging
import os
import queue
import signal
import threading


NAME = "./code.py"


def clean(text):
    """Lone surrogates, which a literal may hold, are not UTF-8: spell them out."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def source_lines(data):
    import tokenize

    if data.isascii():
        return None
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        text = data.decode(encoding)
    except (SyntaxError, UnicodeError, LookupError):
        return None
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def column(issue, lines):
    """From 1, in characters. Bandit gives UTF-8 bytes from 0, save for B613: characters from 1."""
    offset = issue.col_offset
    if issue.test_id == "B613":
        return offset
    if lines is not None and 0 < issue.lineno <= len(lines):
        before = lines[issue.lineno - 1].encode("utf-8", "replace")[:offset]
        offset -= len(before) - len(before.decode("utf-8", "ignore"))
    return max(offset, 0) + 1


def describe(issue, lines, hidden):
    return {
        "rule": issue.test_id,
        "name": issue.test,
        "cwe": issue.cwe.id or None,
        "severity": issue.severity.lower(),
        "confidence": issue.confidence.lower(),
        "line": issue.lineno,
        "end_line": max([issue.lineno, *issue.linerange]),
        "column": column(issue, lines),
        "message": clean(issue.text),
        "hidden": hidden,
    }


def reset(manager, ignore_nosec):
    from bandit.core import metrics

    manager.ignore_nosec = ignore_nosec
    manager.results = []
    manager.skipped = []
    manager.scores = []
    manager.metrics = metrics.Metrics()


def why(data, reason):
    """The parser's own words for a file that Bandit skipped."""
    import ast

    try:
        ast.parse(data)
    except SyntaxError as error:
        return {"line": error.lineno, "message": clean(error.msg or reason)}
    except Exception as error:
        return {"line": None, "message": clean(f"{reason}: {error or type(error).__name__}")}
    return {"line": None, "message": reason}


def identity(issue):
    return (issue.test_id, issue.lineno, issue.col_offset, tuple(issue.linerange), issue.text)


def found(manager, data):
    """Every issue with whether a nosec comment hides it, in Bandit's order."""
    shown = manager.results
    counts = manager.metrics.data[NAME]
    if not counts["nosec"] and not counts["skipped_tests"]:
        return [(issue, False) for issue in shown]
    left = collections.Counter(identity(issue) for issue in shown)
    reset(manager, True)
    manager._parse_file(NAME, io.BytesIO(data), [NAME])
    marked = []
    for issue in manager.results:
        hidden = left[identity(issue)] == 0
        left[identity(issue)] -= not hidden
        marked.append((issue, hidden))
    return marked


# Python's limit of recursion makes findings depend on the depth of the stack: `_parse_file` is the fourth frame
# here, as it is under the `bandit` command.
def scan(manager, data):
    reset(manager, False)
    manager._parse_file(NAME, io.BytesIO(data), [NAME])
    if manager.skipped:
        return {"error": why(data, manager.skipped[0][1]), "findings": []}
    lines = source_lines(data)
    return {"error": None, "findings": [describe(issue, lines, hidden) for issue, hidden in found(manager, data)]}


def read(requests, source):
    for line in source:
        requests.put(line)
    # Whoever asked is gone, and a scan in progress is for nobody.
    os._exit(0)


def main():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    source = os.fdopen(os.dup(0), "rb")
    sink = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    import bandit
    from bandit.core import config, manager as managers

    manager = managers.BanditManager(config.BanditConfig(), "file")
    os.dup2(nowhere, 2)
    logging.disable(logging.CRITICAL)
    version = ".".join(map(str, sys.version_info[:2]))
    answer = {"bandit": bandit.__version__, "python": version}
    gc.freeze()
    requests = queue.SimpleQueue()
    threading.Thread(target=read, args=(requests, source), daemon=True).start()
    while True:
        sink.write(json.dumps(answer).encode("ascii") + b"\n")
        sink.flush()
        request = json.loads(requests.get())
        answer = scan(manager, base64.b64decode(request["code"]))
        answer["id"] = request["id"]


main()
