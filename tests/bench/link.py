"""A thin link on loopback: passes TCP on to the server at a limited rate and with a delay each way, counts the
bytes, and can be cut, closed to new connections, made silent (the soak test does), or forget the connections it has."""
import collections, socket, threading, time

from ready import ready

CHUNK, BUFFER = 4096, 32768


class Pipe:
    """One direction of one connection."""

    def __init__(self, link, src, dst, down):
        self.link, self.src, self.dst, self.down = link, src, dst, down
        self.queue, self.queued, self.eof = collections.deque(), 0, False
        self.dead = False

    def read(self, now):
        data = self.src.recv(CHUNK)
        if not data:
            self.eof = True
        else:
            if self.down:
                self.link.bytes += len(data)
            self.queue.append((self.link.due(now, len(data), self.down), data))
            self.queued += len(data)


class Link:
    def __init__(self, port, bits_per_s=0, delay_s=0.0):
        self.server_port, self.rate, self.delay = port, bits_per_s / 8, delay_s
        self.bytes, self.free_at = 0, {True: 0.0, False: 0.0}
        self.pairs, self.silent, self.refuse = [], False, False
        self.lock, self.ended = threading.Lock(), False
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def due(self, now, n, down):
        """When these bytes are through: the link is shared by all connections, as a real one is."""
        if not self.rate:
            return now + self.delay
        self.free_at[down] = max(self.free_at[down], now) + n / self.rate
        return self.free_at[down] + self.delay

    def cut(self):
        """Ends all connections with a reset."""
        with self.lock:
            for pair in self.pairs:
                self._drop(pair, reset=True)
            self.pairs = []

    def freeze(self):
        """Nothing passes any more on the connections there are, and nobody is told; new ones are served."""
        with self.lock:
            for pair in self.pairs:
                for pipe in pair:
                    pipe.dead = True

    def close(self):
        self.ended = True
        self.thread.join(10)
        self.cut()
        self.listener.close()

    def _drop(self, pair, reset=False):
        for pipe in pair:
            if reset:  # SO_LINGER of no time: RST
                pipe.src.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            pipe.src.close()

    def _accept(self):
        client, _ = self.listener.accept()
        if self.refuse:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            client.close()
            return
        server = socket.socket()
        # Small buffers: what a link cannot take must wait at the sender, as on a real one
        if self.rate:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
        try:
            server.connect(("127.0.0.1", self.server_port))
        except OSError:
            client.close()
            server.close()
            return
        for s in (client, server):
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            s.setblocking(False)
        self.pairs.append((Pipe(self, server, client, True), Pipe(self, client, server, False)))

    def _turn(self):
        now, reads, writes, wait = time.monotonic(), [self.listener], [], 0.05
        pipes = [p for pair in self.pairs for p in pair]
        for p in pipes:
            if not p.eof and p.queued < BUFFER and not self.silent and not p.dead:
                reads.append(p.src)
            if p.queue and not self.silent and not p.dead:
                if p.queue[0][0] <= now:
                    writes.append(p.dst)
                else:
                    wait = min(wait, p.queue[0][0] - now)
        readable, writable = ready(reads, writes, wait)
        now = time.monotonic()
        if self.listener in readable:
            self._accept()
        for p in pipes:
            if p.src in readable:
                p.read(now)
            if p.dst in writable:
                self._write(p, now)
        for pair in [x for x in self.pairs if any(p.eof and not p.queue for p in x)]:
            self._drop(pair)
            self.pairs.remove(pair)

    def _write(self, p, now):
        while p.queue and p.queue[0][0] <= now:
            at, data = p.queue[0]
            try:
                n = p.dst.send(data)
            except BlockingIOError:
                return
            p.queued -= n
            p.queue.popleft()
            if n < len(data):
                p.queue.appendleft((at, data[n:]))
                return

    def _run(self):
        while not self.ended:
            with self.lock:
                try:
                    self._turn()
                except OSError:  # a peer's reset: find out whose, and end that pair
                    for pair in list(self.pairs):
                        if any(p.src.fileno() < 0 or p.src.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                               for p in pair):
                            self._drop(pair)
                            self.pairs.remove(pair)
