#!/usr/bin/env python3
"""Measures kview from outside, at the pty: start to first rows and to all rows, memory, CPU, idle bytes,
cursor moves. usage: screen.py KVIEW ROW_REGEX [ARGS...]; prints one JSON object."""
import fcntl, json, os, pty, re, select, struct, sys, termios, time

ROWS, COLS = 50, 200


def spawn(argv):
    idle_r, idle_w = os.pipe()
    pid, fd = pty.fork()
    if pid == 0:
        os.set_inheritable(idle_w, True)
        os.environ.update(TERM="xterm-256color", KVIEW_IDLE_FD=str(idle_w))
        os.execvp(argv[0], argv)
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLS, 0, 0))
    os.close(idle_w)
    return pid, fd, idle_r


def stat(pid):
    with open(f"/proc/{pid}/stat") as f:
        v = f.read().rsplit(")", 1)[1].split()
    cpu = (int(v[11]) + int(v[12])) / os.sysconf("SC_CLK_TCK")
    with open(f"/proc/{pid}/status") as f:
        peak = int(re.search(r"VmHWM:\s+(\d+)", f.read()).group(1)) / 1024
    return cpu, peak


def read_for(fd, seconds, stop=None, text=b""):
    end, total, first = time.monotonic() + seconds, 0, None
    while time.monotonic() < end:
        r, _, _ = select.select([fd], [], [], max(0, end - time.monotonic()))
        if not r:
            break
        try:
            data = os.read(fd, 65536)
        except OSError:  # the program has ended
            break
        first = first or time.monotonic()
        total += len(data)
        text += data
        if stop and stop.search(text):
            break
    return total, text, first


def wait_idle(fd, idle, seconds):
    """Until kview says that everything is loaded and painted; what it prints is thrown away."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        r, _, _ = select.select([fd, idle], [], [], max(0, end - time.monotonic()))
        if fd in r:
            os.read(fd, 65536)
        if idle in r and b"i" in os.read(idle, 4096):
            return


def latency(fd, key, n):
    times, sizes = [], []
    for _ in range(n):
        t = time.monotonic()
        os.write(fd, key)
        size, _, first = read_for(fd, 0.08)
        if first:
            times.append((first - t) * 1000)
            sizes.append(size)
    times.sort()
    sizes.sort()
    return times, sizes


def main():
    row = re.compile(sys.argv[2].encode())
    out, start = {}, time.monotonic()
    pid, fd, idle_fd = spawn([sys.argv[1]] + sys.argv[3:])
    _, text, _ = read_for(fd, 60, row)
    out["first_rows_s"] = time.monotonic() - start
    wait_idle(fd, idle_fd, 60)
    out["all_rows_s"] = time.monotonic() - start
    cpu, peak = stat(pid)
    out["cpu_load_s"], out["peak_mb"] = cpu, peak
    read_for(fd, 1.5)
    times, sizes = latency(fd, b"\x1b[B", 30)
    if times:
        out["key_p50_ms"], out["key_p95_ms"] = times[len(times) // 2], times[int(len(times) * 0.95)]
        out["cursor_bytes_p50"], out["cursor_bytes_max"] = sizes[len(sizes) // 2], sizes[-1]
    idle = float(os.environ.get("BENCH_IDLE", "20"))
    read_for(fd, 2)
    before = stat(pid)[0]
    size, _, _ = read_for(fd, idle)
    t = time.monotonic()
    while time.monotonic() - t < 0.01:
        pass
    out["idle_bytes_minute"] = size * 60 / idle
    out["idle_cpu_minute_s"] = (stat(pid)[0] - before) * 60 / idle
    out["peak_after_mb"] = stat(pid)[1]
    os.write(fd, b"\x03")
    read_for(fd, 1)
    os.waitpid(pid, 0)
    print(json.dumps(out, indent=1))


main()
