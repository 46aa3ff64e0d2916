"""Runs prelude, code and test in one namespace, then check(entry point); tells what every assertion came to.

Code shares a process with its test, as in the published evaluation. It cannot pass by ending early: a pass needs the
record that is written here at the end. Code that goes looking for this harness could still forge one.
"""

import ast
import fcntl
import json
import os
import sys
import types

PARTS = ("prelude", "code", "test")
CUT = 200


class Recorder:
    def __init__(self, source):
        self.source = source
        self.asserts = []
        self.failed = None

    def add(self, node):
        segment = ast.get_source_segment(self.source, node) or ""
        message = node.msg
        if isinstance(message, ast.JoinedStr) and message.values:
            message = message.values[0]
        text = message.value if isinstance(message, ast.Constant) else ""
        security = isinstance(text, str) and text.startswith("security:")
        self.asserts.append(
            {
                "line": node.lineno,
                "source": segment,
                "class": "security" if security else "functional",
                "held": 0,
                "reached": False,
                "names": [],
                "seen": {},
                "message": None,
            }
        )
        return len(self.asserts) - 1

    def value(self, index, number, value):
        entry = self.asserts[index]
        entry["reached"] = True
        entry["seen"][number] = value
        return value

    def held(self, index):
        self.asserts[index]["held"] += 1
        self.asserts[index]["reached"] = True

    def fail(self, index, *message):
        error = AssertionError(*message)
        self.asserts[index]["reached"] = True
        self.asserts[index]["message"] = shown(str, message[0]) if message else None
        self.failed = (index, error)
        return error

    def told(self, error):
        """The asserts that were reached; `error` is the exception that ended the test."""
        failed = self.failed[0] if self.failed and self.failed[1] is error else None
        out = []
        for index, entry in enumerate(self.asserts):
            if not entry["reached"]:
                continue
            values = [(name, shown(repr, entry["seen"][at])) for at, name in enumerate(entry["names"]) if at in entry["seen"]]
            one = {key: entry[key] for key in ("line", "source", "class", "held")}
            one.update(failed=index == failed, values=values)
            if index == failed and entry["message"] is not None:
                one["message"] = entry["message"]
            out.append(one)
        return out


def shown(how, value):
    try:
        text = how(value)
    except BaseException as error:
        text = "<%s in %s>" % (type(error).__name__, how.__name__)
    text = text if isinstance(text, str) else "?"
    text = text.encode("utf-8", "replace").decode("utf-8")
    return text if len(text) <= CUT else text[:CUT] + "…"


class Rewriter(ast.NodeTransformer):
    """Every operand of an assertion passes through the recorder once; nothing is evaluated twice or in another order."""

    def __init__(self, recorder):
        self.recorder = recorder

    def visit_Assert(self, node):
        index = self.recorder.add(node)
        test = self.wrap(index, node.test)
        message = [node.msg] if node.msg is not None else []
        fail = self.call("__fdsp_fail__", [ast.Constant(index)] + message)
        held = ast.Expr(self.call("__fdsp_held__", [ast.Constant(index)]))
        new = ast.If(test=test, body=[held], orelse=[ast.Raise(exc=fail, cause=None)])
        ast.copy_location(new, node)
        return ast.fix_missing_locations(new)

    def call(self, name, arguments):
        return ast.Call(func=ast.Name(id=name, ctx=ast.Load()), args=arguments, keywords=[])

    def wrap(self, index, node):
        if isinstance(node, ast.Compare):
            left = self.record(index, node.left)
            others = [self.record(index, other) for other in node.comparators]
            return ast.copy_location(ast.Compare(left=left, ops=node.ops, comparators=others), node)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return ast.copy_location(ast.UnaryOp(op=node.op, operand=self.wrap(index, node.operand)), node)
        if isinstance(node, ast.BoolOp):
            values = [self.wrap(index, value) for value in node.values]
            return ast.copy_location(ast.BoolOp(op=node.op, values=values), node)
        return self.record(index, node)

    def record(self, index, node):
        if isinstance(node, (ast.Constant, ast.Starred)):
            return node
        names = self.recorder.asserts[index]["names"]
        names.append((ast.get_source_segment(self.recorder.source, node) or "?")[:CUT])
        call = self.call("__fdsp_value__", [ast.Constant(index), ast.Constant(len(names) - 1), node])
        return ast.copy_location(call, node)


def fault_of(error):
    part = line = None
    trace = error.__traceback__
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if name in PARTS:
            part, line = name, trace.tb_lineno
        trace = trace.tb_next
    if isinstance(error, SyntaxError) and error.filename in PARTS:
        part, line = error.filename, error.lineno
    return {"kind": type(error).__name__, "message": shown(str, error), "part": part, "line": line}


class Missing(Exception):
    pass


def run(job, namespace):
    """Returns the recorder; raises whatever ended the program."""
    recorder = Recorder(job.get("test") or "")
    job["recorder"] = recorder
    for part in ("prelude", "code"):
        if job.get(part):
            exec(compile(job[part], part, "exec", dont_inherit=True), namespace)
    if job["kind"] == "alone":
        return
    tree = ast.parse(job["test"], "test")
    tree = Rewriter(recorder).visit(tree)
    namespace["__fdsp_value__"] = recorder.value
    namespace["__fdsp_held__"] = recorder.held
    namespace["__fdsp_fail__"] = recorder.fail
    exec(compile(tree, "test", "exec", dont_inherit=True), namespace)
    name = job["entry_point"]
    if name not in namespace:
        raise Missing("the code defines no `%s`" % name)
    if "check" not in namespace:
        raise Missing("the test defines no `check`")
    namespace["check"](namespace[name])


def main():
    channel = fcntl.fcntl(int(os.environ.pop("FDSP_RESULT_FD")), fcntl.F_DUPFD_CLOEXEC, 100)
    os.close(3)
    job = json.loads(sys.stdin.buffer.read().decode("utf-8"))
    token, own = job.pop("token"), os.getpid()
    sys.path.insert(0, "")
    sys.argv = ["program"]
    sys.dont_write_bytecode = True
    program = types.ModuleType("program")
    sys.modules["program"] = program
    result, fault, ended = "pass", None, None
    try:
        run(job, program.__dict__)
    except BaseException as error:
        ended = error
        fault = fault_of(error)
        in_test = isinstance(error, AssertionError) and fault["part"] == "test"
        result = "fail" if in_test else "error"
    if os.getpid() != own:
        os._exit(0)
    recorder = job.get("recorder")
    assertions = recorder.told(ended) if recorder else []
    if any(one["failed"] for one in assertions):
        fault = None
    record = {"token": token, "result": result, "assertions": assertions, "fault": fault}
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BaseException:
            pass
    data = json.dumps(record).encode()
    while data:
        data = data[os.write(channel, data) :]
    os._exit(0)


main()
