"""Runs prelude, code and test in one namespace, then check(entry point), or every case of a unittest module; tells what
every assertion, or every case, came to.

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
# Names by which tests call the code under test where it has none of its own; those that begin so are it too.
PLACEHOLDERS = {"app", "main", "module_name", "myapp", "mymodule", "solution", "yourapp", "yourmodule"}
PLACEHOLDER_STARTS = ("my_", "your_")


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


def run(job, program):
    """Returns result and fault; raises whatever ended the program."""
    namespace = program.__dict__
    if job["kind"] == "unittest":
        return run_cases(job, program)
    recorder = Recorder(job.get("test") or "")
    job["recorder"] = recorder
    run_parts(job, namespace)
    if job["kind"] == "alone":
        return "pass", None
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
    return "pass", None


def run_parts(job, namespace):
    for part in ("prelude", "code"):
        if job.get(part):
            exec(compile(job[part], part, "exec", dont_inherit=True), namespace)


def run_cases(job, program):
    import unittest

    # Kept before the code runs, which may put others in their place.
    case_class, loader, suite_class = unittest.TestCase, unittest.TestLoader(), unittest.TestSuite
    unittest.main = lambda *arguments, **named: None
    sys.modules["__main__"] = program
    tree = ast.parse(job["test"], "test")
    result = result_of(unittest, tree)
    job["cases"] = result.cases
    namespace = program.__dict__
    run_parts(job, namespace)
    before = dict(namespace)
    stand_in(tree, program)
    try:
        exec(compile(job["test"], "test", "exec", dont_inherit=True), namespace)
    except SystemExit:
        # The test's own end, such as `sys.exit(unittest.main())`: its cases are there by then.
        pass
    # What the code defines is no case of the test's.
    new = [value for name, value in namespace.items() if before.get(name) is not value]
    cases = [value for value in new if isinstance(value, type) and issubclass(value, case_class)]
    suites = [loader.loadTestsFromTestCase(case) for case in cases if case.__module__ == program.__name__]
    suite_class(suites).run(result)
    return result.end()


def result_of(unittest, tree):
    lines = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            for part in node.body:
                if isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    lines[node.name, part.name] = part.lineno
                    lines.setdefault(part.name, part.lineno)

    class Result(unittest.TestResult):
        """What every case came to: the first thing that went wrong in each, or that it passed."""

        def __init__(self):
            super().__init__()
            self.cases = []
            self.at = {}
            self.result, self.fault, self.skipped_cases = "pass", None, 0

        def entry(self, test):
            case, method = type(test).__name__, getattr(test, "_testMethodName", None)
            source = "%s.%s" % (case, method) if method else shown(str, test)
            if source not in self.at:
                line = lines.get((case, method)) or lines.get(method) or 1
                one = {"line": line, "source": source, "class": "functional", "held": 0, "failed": False, "values": []}
                self.at[source] = one
                self.cases.append(one)
            return self.at[source]

        def startTest(self, test):
            self.entry(test)

        def stopTest(self, test):
            pass

        def addSuccess(self, test):
            self.entry(test)["held"] = 1

        def addFailure(self, test, error):
            self.wrong(test, error[1])

        def addError(self, test, error):
            self.wrong(test, error[1])

        def addSubTest(self, test, subtest, error):
            if error is not None:
                self.wrong(test, error[1], "%s: " % shown(str, subtest._subDescription()))

        def addSkip(self, test, reason):
            self.skipped_cases += 1

        def addExpectedFailure(self, test, error):
            self.addSuccess(test)

        def addUnexpectedSuccess(self, test):
            self.wrong(test, AssertionError("it was expected to fail, and passed"), fails=True)

        def wrong(self, test, error, where="", fails=False):
            entry, fault = self.entry(test), fault_of(error)
            fails = fails or isinstance(error, AssertionError) and fault["part"] == "test"
            if fails:
                self.result = "fail"
            elif self.result == "pass":
                self.result = "error"
            if not fails and self.fault is None:
                self.fault = fault
            if not entry["failed"]:
                kind = "" if fails else type(error).__name__ + ": "
                entry.update(failed=True, held=0, message=shown(str, where + kind + fault["message"]))
                entry["line"] = line_in_test(error) or entry["line"]

        def end(self):
            if not self.cases:
                raise Missing("the test holds no test case")
            if not any(case["held"] or case["failed"] for case in self.cases):
                raise Missing("no case of the test ran to its end: %d skipped" % self.skipped_cases)
            return self.result, self.fault if self.result == "error" else None

    return Result()


def line_in_test(error):
    line, trace = None, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "test":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


class Wanted(ast.NodeVisitor):
    """The modules that a test imports or patches, and the names that it takes from each."""

    def __init__(self):
        self.modules = {}
        self.bound = {}
        self.attributes = []

    def visit_Import(self, node):
        for alias in node.names:
            self.modules.setdefault(alias.name, set())
            self.bound[alias.asname or alias.name.partition(".")[0]] = alias.name

    def visit_ImportFrom(self, node):
        if node.module and not node.level:
            self.modules.setdefault(node.module, set()).update(alias.name for alias in node.names)

    def visit_Attribute(self, node):
        if isinstance(node.value, ast.Name):
            self.attributes.append((node.value.id, node.attr))
        self.generic_visit(node)

    def visit_Call(self, node):
        what = ast.unparse(node.func).split(".")
        target = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else None
        if isinstance(target, str) and ("patch" in what or what[-1] == "import_module"):
            module, _, rest = target.partition(".")
            self.modules.setdefault(module, set()).add(rest.partition(".")[0])
        self.generic_visit(node)


def stand_in(tree, program):
    """Missing modules that the test takes for the code under test become the code's own namespace."""
    import importlib.util

    wanted = Wanted()
    wanted.visit(tree)
    for name, attribute in wanted.attributes:
        if name in wanted.bound:
            wanted.modules[wanted.bound[name]].add(attribute)
    tops = {}
    for module, names in wanted.modules.items():
        tops.setdefault(module.partition(".")[0], set()).update(names)
    for top, names in tops.items():
        if not top or top in sys.modules or top in getattr(sys, "stdlib_module_names", ()):
            continue
        try:
            there = importlib.util.find_spec(top) is not None
        except Exception:
            there = False
        taken = top in PLACEHOLDERS or top.startswith(PLACEHOLDER_STARTS)
        if not there and (taken or any(name in program.__dict__ for name in names)):
            for module in wanted.modules:
                while module.partition(".")[0] == top:
                    sys.modules[module] = program
                    module, dot, last = module.rpartition(".")
                    if dot:
                        program.__dict__.setdefault(last, program)


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
        result, fault = run(job, program)
    except BaseException as error:
        ended = error
        fault = fault_of(error)
        in_test = isinstance(error, AssertionError) and fault["part"] == "test"
        result = "fail" if in_test else "error"
    if os.getpid() != own:
        os._exit(0)
    recorder = job.get("recorder")
    # A case that was skipped, or was under way when all ended, is like an assertion that was not reached.
    cases = [case for case in job.get("cases", []) if case["held"] or case["failed"]]
    assertions = recorder.told(ended) if recorder else cases
    if recorder and any(one["failed"] for one in assertions):
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
