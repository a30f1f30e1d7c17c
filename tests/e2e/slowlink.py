"""A link that is slow and loses packets, as netem makes one, for kernels without it: two TUN devices, one of them in a
network namespace, and packets carried between them late or not at all. TCP on both ends is the kernel's own."""
import fcntl, heapq, itertools, os, random, select, socket, struct, subprocess, threading, time

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 1, 0x1000


def possible():
    return os.geteuid() == 0 and os.path.exists("/dev/net/tun") and subprocess.run(
        ["ip", "netns", "list"], capture_output=True).returncode == 0


def ip(*args):
    subprocess.run(["ip", *args], check=True)


def tun(name):
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
    return fd


class SlowLink:
    """Programs run by `inside` reach the port of this machine's loopback as host:port."""

    def __init__(self, port, delay_s=0.15, loss=0.01, seed=1):
        n = os.getpid() % 200 + 20
        self.ns, self.host, self.port = f"kview-slow-{os.getpid()}", f"10.213.{n}.1", port
        self.delay, self.loss, self.random = delay_s, loss, random.Random(seed)
        self.carried = self.lost = 0
        here, there = f"kvs{n}h", f"kvs{n}n"
        self.fds = [tun(here), tun(there)]
        ip("netns", "add", self.ns)
        ip("link", "set", there, "netns", self.ns)
        ip("addr", "add", self.host + "/30", "dev", here)
        ip("link", "set", here, "up")
        ip("-n", self.ns, "addr", "add", f"10.213.{n}.2/30", "dev", there)
        ip("-n", self.ns, "link", "set", there, "up")
        ip("-n", self.ns, "link", "set", "lo", "up")
        self.listener = socket.create_server((self.host, port))
        self.on = True
        self.threads = [threading.Thread(target=t, daemon=True) for t in (self.carry, self.accept)]
        for t in self.threads:
            t.start()

    def carry(self):
        waiting, order = [], itertools.count()
        while self.on:
            late = waiting[0][0] - time.monotonic() if waiting else 0.2
            for fd in select.select(self.fds, [], [], max(0, min(0.2, late)))[0]:
                packet = os.read(fd, 65536)
                if self.random.random() < self.loss:
                    self.lost += 1
                    continue
                self.carried += 1
                other = self.fds[1 - self.fds.index(fd)]
                heapq.heappush(waiting, (time.monotonic() + self.delay, next(order), other, packet))
            while waiting and waiting[0][0] <= time.monotonic():
                _, _, fd, packet = heapq.heappop(waiting)
                try:
                    os.write(fd, packet)
                except OSError:  # its queue is full: lost, as on any link
                    self.lost += 1

    def accept(self):
        self.listener.settimeout(0.2)
        while self.on:
            try:
                client, _ = self.listener.accept()
            except TimeoutError:
                continue
            server = socket.create_connection(("127.0.0.1", self.port))
            for a, b in ((client, server), (server, client)):
                threading.Thread(target=self.pass_on, args=(a, b), daemon=True).start()

    @staticmethod
    def pass_on(a, b):
        try:
            while data := a.recv(65536):
                b.sendall(data)
        except OSError:
            pass
        for s in (a, b):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def inside(self, argv):
        return ["/sbin/ip" if os.path.exists("/sbin/ip") else "/usr/sbin/ip", "netns", "exec", self.ns, *argv]

    def close(self):
        self.on = False
        for t in self.threads:
            t.join()
        self.listener.close()
        for fd in self.fds:
            os.close(fd)
        ip("netns", "del", self.ns)
