"""Attacks of our own. Each says on a line of its own what got through; silence means that it was held."""

import ctypes
import glob
import os
import signal
import socket
import subprocess
import sys
import threading
import time

canary, port, unix_path, abstract_name, outside_pid, marker = sys.argv[2:8]
port, outside_pid = int(port), int(outside_pid)
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long


def through(what):
    print("THROUGH", what, flush=True)


def attempt(what, act):
    try:
        if act() is not False:
            through(what)
    except BaseException:
        pass


def fork_bomb():
    while True:
        try:
            os.fork()
        except OSError:
            pass


def thread_bomb():
    for _ in range(5000):
        try:
            threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
        except RuntimeError:
            time.sleep(0.01)
    if threading.active_count() > 200:
        through("%d threads" % threading.active_count())


def memory_bomb():
    held = []
    while True:
        held.append(bytearray(os.urandom(1 << 20) * 8))


def memory_bomb_in_children():
    for _ in range(8):
        if os.fork() == 0:
            memory_bomb()
    time.sleep(60)


def shared_memory_bomb():
    import mmap

    held = []
    while True:
        block = mmap.mmap(-1, 16 << 20)
        block.write(b"x" * (16 << 20))
        held.append(block)


def disk_fill():
    written = 0
    try:
        for number in range(10_000):
            for folder in (".", "/tmp", "/dev/shm"):
                with open("%s/f%d" % (folder, number), "wb") as file:
                    file.write(b"x" * (1 << 20))
                written += 1 << 20
    except OSError:
        pass
    if written > 200 << 20:
        through("%d bytes written" % written)


def inode_fill():
    made = 0
    try:
        while made < 200_000:
            open("/tmp/n%d" % made, "w").close()
            made += 1
    except OSError:
        pass
    if made > 50_000:
        through("%d files made" % made)


def output_flood():
    def flood(fd):
        while True:
            os.write(fd, b"y" * 65536)

    threading.Thread(target=flood, args=(2,), daemon=True).start()
    flood(1)


def sparse_file():
    def act():
        with open("sparse", "wb") as file:
            file.truncate(10 << 30)
        return os.path.getsize("sparse") == 10 << 30

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    attempt("a sparse file of 10 GB", act)


def links():
    def soft():
        os.symlink(canary, "soft")
        return open("soft").read()

    def climb():
        return open("../" * 30 + canary).read()

    def folder():
        os.symlink(os.path.dirname(canary), "up")
        open("up/more", "w").close()

    attempt("read by a symbolic link", soft)
    attempt("read by climbing", climb)
    attempt("hard link", lambda: os.link(canary, "hard"))
    attempt("written by a linked folder", folder)
    attempt("mknod", lambda: os.mknod("disk", 0o60600, os.makedev(8, 0)))


def proc():
    for pid in ["1", str(os.getppid()), str(outside_pid)]:
        for name in ("root", "cwd"):
            attempt("/proc/%s/%s" % (pid, name), lambda: open("/proc/%s/%s%s" % (pid, name, canary)).read())
        attempt("/proc/%s/mem" % pid, lambda: open("/proc/%s/mem" % pid, "r+b"))
        attempt("/proc/%s/environ" % pid, lambda: len(open("/proc/%s/environ" % pid).read()) > 0)
    seen = [pid for pid in os.listdir("/proc") if pid.isdigit()]
    if len(seen) > 8:
        through("%d processes in /proc" % len(seen))
    for path in ("/proc/sysrq-trigger", "/proc/sys/kernel/core_pattern", "/proc/self/oom_score_adj_x", "/sys/power/state"):
        attempt("write to " + path, lambda: open(path, "w"))
    for fd in glob.glob("/proc/self/fd/*"):
        target = os.readlink(fd) if os.path.islink(fd) else ""
        if canary.rsplit("/", 1)[0] in target or "store.db" in target:
            through("an inherited descriptor: " + target)


def ptrace():
    for pid in (1, os.getppid(), outside_pid):
        attempt("ptrace of %d" % pid, lambda: libc.ptrace(16, pid, 0, 0) == 0)
    attempt("ptrace", lambda: libc.ptrace(0, 0, 0, 0) == 0)


def daemon():
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.execv(sys.executable, [sys.executable, "-c", "import time; time.sleep(300)", marker])
        os._exit(0)
    time.sleep(0.3)


def signals():
    for pid in (outside_pid, os.getppid(), 1):
        attempt("signal to %d" % pid, lambda: os.kill(pid, 0) is None and pid == outside_pid)
    for number in (signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM):
        for pid in (1, os.getppid()):
            try:
                os.kill(pid, number)
            except OSError:
                pass
    try:
        os.kill(-1, signal.SIGKILL)
    except OSError:
        pass


def system_calls():
    # mount, unshare(NEWUSER), setns, pivot_root, bpf, keyctl, init_module, perf_event_open, io_uring_setup,
    # userfaultfd, open_by_handle_at; reboot as CAD_OFF, which turns nothing off.
    calls = {165: (b"none", b"/tmp", b"tmpfs", 0, 0), 272: (0x10000000,), 308: (0, 0), 155: (b"/tmp", b"/tmp")}
    calls |= {321: (0, 0, 0), 250: (0, -3, 0), 175: (0, 0, b""), 298: (0, 0, -1, -1, 0), 425: (1, 0), 323: (0,)}
    calls |= {304: (0, 0, 0), 169: (0xFEE1DEAD, 672274793, 0)}
    if os.uname().machine == "x86_64":
        for number, arguments in calls.items():
            attempt("system call %d" % number, lambda: libc.syscall(number, *arguments) >= 0)
        attempt("x32 system call", lambda: libc.syscall(0x40000000 | 165, b"none", b"/tmp", b"tmpfs", 0, 0) >= 0)
    attempt("setuid", lambda: os.setuid(0))
    attempt("chroot", lambda: os.chroot("/tmp"))


def network():
    def tcp(address):
        with socket.create_connection(address, timeout=0.5):
            return True

    def datagram():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.sendto(b"x", ("8.8.8.8", 53))

    def unix(address):
        with socket.socket(socket.AF_UNIX) as stream:
            stream.connect(address)

    attempt("the host's loopback", lambda: tcp(("127.0.0.1", port)))
    attempt("the metadata address", lambda: tcp(("169.254.169.254", 80)))
    attempt("a name", lambda: socket.getaddrinfo("example.com", 80))
    attempt("a datagram", datagram)
    attempt("a socket file", lambda: unix(unix_path))
    attempt("an abstract socket", lambda: unix("\0" + abstract_name))
    attempt("a raw socket", lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1))
    attempt("netlink", lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0))
    attempt("packets", lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0))


def secrets():
    for name, value in os.environ.items():
        if "canary" in value.lower() or "KEY" in name or name == "SSH_AUTH_SOCK":
            through("the environment's " + name)
    attempt("a file of the caller's", lambda: open(canary).read())
    attempt("the folder of the caller's", lambda: os.listdir(os.path.dirname(canary)))
    for path in ("/root/.ssh", "/root/.bashrc", "/home", "/etc/shadow", "/etc/hostname", "/var/log", "/run", "/sys/class"):
        attempt(path, lambda: os.listdir(path) if os.path.isdir(path) else open(path).read())


def writes():
    for path in (canary, os.path.dirname(canary) + "/more", "/usr/x", "/etc/x", "/etc/passwd", "/x", "/bin/x", "/proc/x"):
        attempt("write to " + path, lambda: open(path, "a"))
    for path in ("/usr/bin/env", "/etc/passwd", sys.executable, canary):
        attempt("deleted " + path, lambda: os.remove(path))
        attempt("chmod " + path, lambda: os.chmod(path, 0o777))
    for folder in ("/tmp", "/dev/shm"):
        open("%s/%s" % (folder, marker), "w").close()


def remove_everything():
    subprocess.run(["rm", "-rf", "--no-preserve-root", "/"], stderr=subprocess.DEVNULL)
    for path in ("/usr/bin", "/etc/passwd", "/lib"):
        if not os.path.exists(path):
            through("deleted " + path)


def shut_down():
    for command in (["shutdown", "-h", "now"], ["poweroff", "-f"], ["reboot", "-f"], ["systemctl", "poweroff"]):
        attempt(command[0], lambda: subprocess.run(command, stderr=subprocess.DEVNULL).returncode == 0)


def terminal():
    import fcntl
    import termios

    for fd in (0, 1, 2):
        attempt("a character typed", lambda: fcntl.ioctl(fd, termios.TIOCSTI, b"x"))
    attempt("the terminal", lambda: open("/dev/tty", "w"))
    sys.stdout.write("\x1b]52;c;aGVsbG8=\x07\x1b[2J\x9b31m\u202e")
    sys.stdout.flush()


def honest():
    """What an ordinary test does: files, threads, processes, pipes, loopback, a database."""
    import sqlite3
    import tempfile

    with open("a/b.txt") as file:
        assert file.read() == "given"
    with tempfile.TemporaryDirectory() as folder:
        database = sqlite3.connect(folder + "/x.db")
        database.execute("create table t(a)")
        database.execute("insert into t values (1)")
        database.commit()
        assert database.execute("select count(*) from t").fetchone() == (1,)
    said = subprocess.run([sys.executable, "-c", "print(input())"], input="echo", capture_output=True, text=True)
    assert said.stdout == "echo\n", said
    assert subprocess.run("echo shell | cat", shell=True, capture_output=True).stdout == b"shell\n"
    server = socket.create_server(("127.0.0.1", 0))

    def serve():
        connection, _ = server.accept()
        with connection:
            connection.sendall(b"hello")

    thread = threading.Thread(target=serve)
    thread.start()
    with socket.create_connection(server.getsockname()) as client:
        assert client.recv(16) == b"hello"
    thread.join()
    assert os.getuid() != 0 and os.geteuid() != 0
    assert len(os.urandom(16)) == 16
    os.makedirs("deep/er")
    os.rename("deep/er", "deep/est")
    print("honest", flush=True)


globals()[sys.argv[1]]()
