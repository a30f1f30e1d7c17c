"""kview at a pseudo-terminal, measured from outside: bytes it prints, the moment they come, processor time and
memory from /proc, and KVIEW_IDLE_FD, on which it says "i" when nothing loads and all is painted, "b" before."""
import fcntl, os, pty, re, shutil, signal, struct, sys, tempfile, termios, time

from ready import ready

ROWS, COLS = 50, 200


class Ended(Exception):
    """The program under measurement ended or did not do in time what was waited for."""


class Kview:
    def __init__(self, argv, env=None, rows=ROWS, cols=COLS):
        self.home = tempfile.mkdtemp(prefix="kview-bench-")
        idle_r, idle_w = os.pipe()
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))
        self.start = time.monotonic()
        self.pid = os.fork()
        if self.pid == 0:
            self._exec(argv, env or {}, slave, idle_w)
        os.close(slave)
        os.close(idle_w)
        self.fd, self.idle_fd = master, idle_r
        self.idle, self.idles, self.idle_at = False, 0, 0.0
        self.bytes, self.text, self.last_at = 0, b"", 0.0
        self.log = None  # a list takes (time, bytes) of every read

    def _exec(self, argv, env, slave, idle_w):
        try:
            os.login_tty(slave) if hasattr(os, "login_tty") else self._login_tty(slave)
            os.set_inheritable(idle_w, True)
            own = {"TERM": "xterm-256color", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "HOME": self.home,
                   "XDG_CONFIG_HOME": self.home, "XDG_STATE_HOME": self.home, "KVIEW_IDLE_FD": str(idle_w)}
            os.execvpe(argv[0], argv, {**os.environ, **own, **env})
        finally:
            os._exit(127)

    @staticmethod
    def _login_tty(slave):
        os.setsid()
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
        for fd in (0, 1, 2):
            os.dup2(slave, fd)

    def pump(self, seconds, until=None):
        """Reads until until() is true (True) or the time is over (False)."""
        end = time.monotonic() + seconds
        while not (until and until()):
            left = end - time.monotonic()
            if left <= 0:
                return False
            self._take(ready([self.fd, self.idle_fd], [], left)[0])
        return True

    def _take(self, ready):
        # The output first: what was written before "i" has come when "i" is looked at
        if self.fd in ready:
            try:
                data = os.read(self.fd, 1 << 16)
            except OSError:  # EIO: the other end is closed
                data = b""
            if not data:
                raise Ended("kview ended")
            self.last_at = time.monotonic()
            self.bytes += len(data)
            self.text = (self.text + data)[-400000:]
            if self.log is not None:
                self.log.append((self.last_at, data))
        if self.idle_fd in ready:
            for c in os.read(self.idle_fd, 4096):
                self.idle = c == ord("i")
                if self.idle:
                    self.idles += 1
                    self.idle_at = time.monotonic()

    def need(self, seconds, until, what):
        if not self.pump(seconds, until):
            raise Ended(f"{what}: not within {seconds} s; the end of the output: {self.text[-300:]!r}")

    def wait_text(self, pattern, seconds=60):
        """The moment when the pattern (bytes) is in what was printed since the last clear()."""
        rx = re.compile(pattern)
        self.need(seconds, lambda: rx.search(self.text), pattern.decode())
        return self.last_at

    def wait_idle(self, seconds=120):
        self.need(seconds, lambda: self.idle, "loaded and painted")
        return self.idle_at

    def settle(self, quiet=0.5, seconds=30):
        """Until nothing was printed for `quiet` seconds."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            before = self.bytes
            self.pump(quiet)
            if self.bytes == before:
                return

    def clear(self):
        self.text = b""

    def send(self, keys):
        at = time.monotonic()
        os.write(self.fd, keys)
        return at

    def key(self, keys, seconds=10):
        """Sends keys; returns the seconds until all is painted again."""
        before = self.idles
        at = self.send(keys)
        self.need(seconds, lambda: self.idles > before, f"the frame after {keys!r}")
        return self.idle_at - at

    def resize(self, rows, cols):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))

    def cpu(self):
        """Processor seconds of all its threads so far, to the nanosecond (schedstat), not in ticks."""
        total = 0
        for task in os.listdir(f"/proc/{self.pid}/task"):
            with open(f"/proc/{self.pid}/task/{task}/schedstat") as f:
                total += int(f.read().split()[0])
        return total / 1e9

    def memory(self, what="VmHWM"):
        """MB: VmHWM the peak, VmRSS now."""
        with open(f"/proc/{self.pid}/status") as f:
            return int(re.search(what + r":\s+(\d+)", f.read()).group(1)) / 1024

    def close(self):
        """Ends it; returns its exit status (negative: the signal)."""
        status = None
        try:
            os.kill(self.pid, signal.SIGTERM)
            end = time.monotonic() + 20
            while status is None and time.monotonic() < end:
                status = self._reap()
            if status is None:
                os.kill(self.pid, signal.SIGKILL)
                status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        finally:
            os.close(self.fd)
            os.close(self.idle_fd)
            shutil.rmtree(self.home, ignore_errors=True)
        return status

    def _reap(self):
        try:
            self.pump(0.05)
        except Ended:
            pass  # all is read; wait for the end itself
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        return os.waitstatus_to_exitcode(status) if pid else None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def percentile(values, p):
    v = sorted(values)
    return v[min(len(v) - 1, int(len(v) * p / 100))]
