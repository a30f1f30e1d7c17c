#!/usr/bin/python3
"""make soak: kview under everything at once, on a real control plane with simulated nodes: churn, random keys,
resizes, a slow and broken connection, restarts of the API server, hostile names and values. Two of it get the same
keys: one with AddressSanitizer for faults, one as released for its memory. The seed plays the same run again.
With --lies a server that lies (liar.py) stands before the API server, and a third kview that gets no keys and shows all
Pods is counted: what it asks is asked by kview alone.
usage: soak.py [--seed N] [--minutes M] [--lies] [--keep]; ends with a line of counts"""
import argparse, collections, csv, glob, os, random, shutil, statistics, subprocess, sys, tempfile, threading, time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
from screen import Screen, case  # noqa: E402
from liar import Liar  # noqa: E402
from link import Link  # noqa: E402
from server import Churn, Server  # noqa: E402
from terminal import Ended  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CLUSTER = os.path.join(ROOT, "tests/cluster/cluster.sh")
HOSTILE = ["\x1b[31mred\x1b[2J", "\x07\x9b2J\x90q\x1b\\", "日本語 한국어 👩‍👩‍👧 é́́", "\u202eabc\u2066", "%s%n%d", "a" * 4000,
           "\x1b]52;c;aGk=\x07", "\r\n\t\x00\x7f", "\u200b\ufeff", "</script>'\"`$(id)"]
VIEWS = """pods -A|pods -n scale|deployments -A|nodes|services -A|configmaps -n soak|secrets -A|workloads -A|events -A|all -n soak
kinds|namespaces|replicasets -A|leases -A|clusterroles|explain pods.spec|pools zone|images|health|find a|endpointslices -A
customresourcedefinitions|apiservices|roles -A|tree configmap soak-0 -n soak|describe node|yaml configmap soak-0 -n soak
nosuchkind|pods -n nosuchns|get /version|pods --frob|pods /age<<|configmaps -n soak @two|""".replace("\n", "|").split("|")
TEXTS = ["status!=Running", "(", "[", "-f web", "-l app=x", "!a", "age<1d restarts>0", "node=~.*", "日本", "\\", "x" * 300, "or or", "'"]
KEYS = [b"\x1b[A", b"\x1b[B", b"\x1b[C", b"\x1b[D", b"\x1b[5~", b"\x1b[6~", b"\x1b[H", b"\x1b[F", b"\r", b"\r", b"\x1b", b"\x1b", b" ",
        b"d", b"y", b"x", b"o", b"u", b"v", b"w", b"c", b".", b"/", b":", b"?", b"T", b"[", b"]", b"-", b"`", b"C", b"Y", b"B", b"'",
        b"+", b"\\", b"O", b"N", b"A", b"n", b"m", b"r", b"z", b"D", b"g", b"G", b"h", b"l", b"\t", b"\x7f", b"\x15", b"\x17", b"\x01",
        b"\x05", b"\x0c", b"\x12", b"\x1b2", b"\x1b1", b"\x1bw", b"\x1b[1;5C", b"\x1b[1;2C", b"\x1bOP", b"\x1bOQ", b"\x1bOR", b"0", b"1", b"9",
        b"\x1b[<0;20;5M", b"\x1b[<64;20;5M", b"\x1b[<65;3;9M", b"\x1b[<0;999;999M", b"\x1b[", b"\x1b[200~paste\x1b[201~", b"\xff\xfe",
        b"\xe6\x97", b"\x1b[M !!", b"\x1b[99;99~", b"\x00", b"|", b"|", b"_", b"_", b"\t", b"\x1b[Z", b"{", b"}", b"=", b"Z", b"\x1bt",
        b"\x1b[<0;60;8M", b"\x1b[<65;70;9M", b"\x1b[<0;9;2M"]

LET_GO_S = 95  # watches nobody looks at, connections nobody uses, and what was freed go within that
SOON = {"KVIEW_WATCH_SILENCE_MS": "8000", "KVIEW_WATCH_WARM_MS": "30000"}
CALM_S, CALM_PER_S, LIES_PER_S, LIES_MB = 30, 0.5, 2, 300  # with --lies: requests of who gets no keys, memory at any time


def run(*args, check=True):
    done = subprocess.run(args, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if check and done.returncode:
        sys.exit(f"{' '.join(args)}: {done.stderr}")


class Player:
    """One kview. When the keys end it, as they may, it is started again."""

    def __init__(self, name, binary, config, env):
        self.config = config
        self.name, self.argv, self.env, self.starts = name, [binary, "--kubeconfig", config, "-A", "pods"], env, 0
        self.faults, self.peak = [], 0.0
        self.recent = collections.deque(maxlen=60)
        self.begin()

    def begin(self):
        # Random keys in a real editor would be commands, and what they pipe to is found nowhere
        self.screen = Screen(self.argv, {"EDITOR": "true", "PATH": "/nonexistent", **self.env})
        self.starts += 1

    def send(self, data):
        self.recent.append(data)
        try:
            self.screen.send(data)
        except OSError:
            pass

    def pump(self, seconds):
        try:
            self.screen.pump(seconds)
        except Ended:
            self.ended()

    def ended(self):
        self.close()
        self.begin()

    def close(self):
        """Ends it, if it has not ended by itself. What it leaves behind is a terminal as it was."""
        self.sample()
        status, text = self.screen.close(), self.screen.text
        if status != 0:
            self.faults.append(f"{self.name} ended with status {status}: {text[-1500:]!r}\nsent last: {list(self.recent)}")
        for on, off in ((b"\x1b[?1049h", b"\x1b[?1049l"), (b"\x1b[?25l", b"\x1b[?25h")):
            if text.rfind(on) > text.rfind(off):
                self.faults.append(f"{self.name} leaves {on!r} behind: {text[-300:]!r}")

    def sample(self):
        try:
            self.peak = max(self.peak, self.screen.memory())
        except (OSError, AttributeError):  # it has ended
            pass

    def back(self, seconds):
        text = self.screen.text
        away = text.rfind(b"\x1b[?1049l") > text.rfind(b"\x1b[?1049h")  # what it pipes to has the terminal, until Enter
        self.screen.send(b"\x15\r" if away else b"\x1b")
        self.screen.pump(seconds)

    def answers(self):
        """A prompt opens and closes within the limit, whatever was on the screen before."""
        s = self.screen
        try:
            for _ in range(4):
                self.back(0.4)  # of a key that comes with it, an Esc makes another key
            start = time.monotonic()
            s.send(b"\x0c:~soak~")  # C-l between: an Esc still unread would make M-: of it
            s.need(15, lambda: s.shows("^ ?:.*~soak~"), "the prompt")
            took = time.monotonic() - start
            s.send(b"\x1b")
            s.pump(0.2)
            return took
        except Ended as e:
            if "kview ended" in str(e):
                self.ended()
                return 0.0
            s.send(b":~again~")
            again = s.pump(5, lambda: s.shows("^ ?:.*~again~"))
            self.faults.append(f"{self.name} does not answer ({'but' if again else 'nor'} to a second try): {e}\n" +
                               "\n".join(s.screen.display) + f"\nsent last: {list(self.recent)}")
            return None
        except OSError:
            self.ended()
            return 0.0

    def home(self, seconds=90):
        """Back to the list of all Pods, alone, live."""
        s = self.screen
        for _ in range(8):
            self.back(0.2)
        for _ in range(60):
            self.close_tab()
            if s.shows("this is the last tab"):
                break
        s.send(b":tab-new pods -A\r")  # without what the last one had before
        s.pump(1)
        s.send(b":tab-prev\r")
        s.pump(0.2)
        self.close_tab()
        s.send(b":ctx one\r")
        s.pump(1)
        s.send(b":pods -A\r")
        s.wait("● live", seconds)
        s.settle(1, 20)

    def close_tab(self):
        self.screen.send(b":tab-close\r")
        if self.screen.pump(0.2, lambda: self.screen.shows("Close this tab")):
            self.screen.send(b"y")
            self.screen.pump(0.2)

    def resize(self, rows, columns):
        self.screen.resize(rows, columns)
        self.screen.screen.resize(max(rows, 2), max(columns, 2))

    def memory(self):
        return statistics.median(self.screen.memory("VmRSS") for _ in range(5) if not self.screen.pump(0.5))

    def tour(self):
        """Every view once: what is learned once (discovery, schemas, the second context) is then there to stay."""
        self.resize(40, 160)
        for view in VIEWS:
            self.send(b"\x1b\x1b:" + view.encode() + b"\r")
            self.pump(1)


class Trouble:
    """What happens to the server and to the way there, by the seed."""

    def __init__(self, link, server, rng):
        self.link, self.server, self.rng, self.until, self.log = link, server, rng, 0, collections.Counter()

    def clear(self):
        self.link.silent = self.link.refuse = False
        self.link.rate, self.link.delay = 0, 0
        self.until = 0

    def turn(self, now, left):
        if self.until and now > self.until:
            self.clear()
            self.link.cut()
        if self.until or left < 20 or self.rng.random() > 0.02:
            return
        what = self.rng.choice(["cut", "cut", "cut", "silent", "refuse", "slow", "restart"])
        self.log[what] += 1
        if what == "cut":
            self.link.cut()
        elif what == "restart":
            run(CLUSTER, "stop-apiserver", "KILL")
            run(CLUSTER, "start-apiserver")
        else:
            self.until = now + self.rng.uniform(2, 12)
            if what == "slow":
                self.link.rate, self.link.delay = 1e6 / 8, 0.15
            setattr(self.link, what if what != "slow" else "slow", True)
            if what == "refuse":
                self.link.cut()


def hostile_writer(server, rng, end):
    """ConfigMaps that come, change and go, with what nobody wants to see on a terminal."""
    base, n = "/api/v1/namespaces/soak/configmaps", 0
    while not end.wait(0.1):
        try:
            conn = server.connect()
            name = f"soak-{rng.randrange(30)}"
            text = rng.choice(HOSTILE)
            body = {"metadata": {"name": name, "annotations": {"hostile": text}}, "data": {"a": text, "n": str(n)}}
            n += 1
            if rng.random() < 0.2:
                server.request(conn, "DELETE", f"{base}/{name}")
            elif server.request(conn, "PUT", f"{base}/{name}", body)[0] == 404:
                server.request(conn, "POST", base, body)
            conn.close()
        except Exception:  # the server is being restarted
            time.sleep(0.5)


def random_input(rng):
    r = rng.random()
    if r < 0.10:
        return b"\x1b\x1b:" + rng.choice(VIEWS).encode() + b"\r"
    if r < 0.15:
        return b"/" + rng.choice(TEXTS).encode() + rng.choice([b"\r", b"\x1b", b""])
    if r < 0.17:
        return bytes(rng.randrange(1, 256) for _ in range(rng.randrange(1, 12))).replace(b"\x1a", b"").replace(b"\x03", b"")
    return rng.choice(KEYS)


def table(player, folder):
    """All Pods as kview has them, by its own export: name -> those of READY and STATUS that no key has hidden."""
    path = os.path.join(folder, player.name + ".csv")
    if os.path.exists(path):  # the save before: it would be taken for this one
        os.unlink(path)
    player.screen.send(b":save " + path.encode() + b"\r")
    player.screen.pump(20, lambda: os.path.exists(path) and os.path.getsize(path) > 0)
    player.screen.pump(0.5)
    with open(path, newline="") as f:
        return {(r["NAMESPACE"], r["NAME"]): [r.get("READY"), r.get("STATUS")] for r in csv.DictReader(f)}


def truth(server):
    out = subprocess.run([*server.kubectl, "--kubeconfig", server.config, "get", "pods", "-A", "--no-headers"],
                         capture_output=True, text=True, check=True).stdout
    return {tuple(line.split()[:2]): (line.split()[2], line.split()[3]) for line in out.splitlines()}


MORE = {"NotReady": "Running"}  # what kview says of a Pod whose node went silent, and kubectl does not


def differing(got, want):
    """A column that kview does not show is equal."""
    return [k for k in want.keys() | got.keys() if k not in want or k not in got or
            any(g is not None and w not in (g, MORE.get(g)) for g, w in zip(got[k], want[k]))]


def keys(a, players, quiet, trouble, rng, seconds):
    """Keys, sizes and trouble for that long. Returns how many keys there were and the slowest answer."""
    start = last_probe = time.monotonic()
    slowest, sent = 0.0, 0
    while (now := time.monotonic()) < start + seconds and not any(p.faults for p in [*players, *quiet]):
        data = random_input(rng)
        if rng.random() < 0.04:
            size = rng.choice([(24, 80), (40, 160), (3, 12), (10, 30), (100, 300), (24, 80), (1, 1)])
            for p in players:
                p.resize(*size)
        for p in players:
            p.send(data)
            p.pump(rng.choice([0.0, 0.01, 0.03, 0.1]))
        for p in quiet:
            p.pump(0)
        sent += 1
        trouble.turn(now, start + seconds - now)
        if now > last_probe + 15:
            for p in players:
                p.resize(40, 160)
                slowest = max(slowest, p.answers() or 0.0)
                p.sample()
            last_probe = now
    trouble.clear()
    trouble.link.cut()
    return sent, slowest


def play(a, server, folder):
    rng, end = random.Random(a.seed), threading.Event()
    liar = Liar(server, a.seed + 2) if a.lies else None
    link = Link(liar.port if liar else server.port)
    asan = {"ASAN_OPTIONS": f"detect_leaks=1:quarantine_size_mb=16:log_path={folder}/asan", "UBSAN_OPTIONS":
            f"print_stacktrace=1:log_path={folder}/asan"}
    players, quiet = begin(server, link, liar, asan)
    trouble = Trouble(link, server, rng)
    writer = threading.Thread(target=hostile_writer, args=(server, random.Random(a.seed + 1), end), daemon=True)
    churn, halves, steady = None, [], None
    writer.start()
    try:
        for p in [*players, *quiet]:
            p.screen.wait("● live", 60)
        churn = Churn(server, "scale", 30)
        for half in range(2):
            if liar:
                liar.begin()
            halves.append(keys(a, players, quiet, trouble, rng, a.seconds / 2))
            if liar:
                liar.stop()
            if half == 0:
                steady = at_rest(a, players, quiet, True)
        end.set()
        writer.join(10)
        churn.stop()
        churn = None
        if liar:
            finish_lies(a, liar, players, quiet, server, folder)
        finish(a, players, quiet, server, folder, steady)
    finally:
        end.set()
        if churn:
            churn.proc.kill()
        link.close()
        if liar:
            liar.close()
        for p in [*players, *quiet]:
            p.close()
            case(f"soak {a.seed}: {p.name} ends in order, started {p.starts} times", not p.faults, "\n".join(p.faults))
    reports = "".join(open(f).read()[:4000] for f in glob.glob(folder + "/asan*"))
    case(f"soak {a.seed}: nothing from the sanitizers", not reports, reports)
    print(f"# soak {a.seed}: {a.seconds:.0f} s, {sum(n for n, _ in halves)} keys, {dict(trouble.log)}, "
          f"slowest answer {max(s for _, s in halves) * 1000:.0f} ms")


def begin(server, link, liar, asan):
    """Those that get the keys, and with --lies the one that gets none."""
    def player(name, binary, env):
        url = f"http://127.0.0.1:{link.port}/{name}" if liar else f"https://127.0.0.1:{link.port}"
        config = server.kubeconfig(name + ".kubeconfig", [("one", "soak"), ("two", "scale")], url)
        return Player(name, os.path.join(ROOT, binary), config, {**SOON, **env})
    return ([player("sanitized", "build/san/kview", asan), player("released", "build/kview", {})],
            [player("quiet", "build/kview", {})] if liar else [])


def right(a, p, server, folder):
    try:
        end = time.monotonic() + 30
        while (wrong := differing(got := table(p, folder), want := truth(server))) and time.monotonic() < end:
            p.screen.pump(1)
        case(f"soak {a.seed}: {p.name} shows what kubectl shows, {len(want)} Pods", not wrong,
             f"{len(wrong)} differ: " + str([(k, want.get(k), got.get(k)) for k in wrong[:5]]))
    except (OSError, KeyError) as e:
        case(f"soak {a.seed}: {p.name} saves its table", False, f"{type(e).__name__}: {e}\n" + "\n".join(p.screen.screen.display))


def finish_lies(a, liar, players, quiet, server, folder):
    """Nobody touched this one: what it shows has healed by itself, and what was asked, it asked by itself."""
    p = quiet[0]
    try:
        p.screen.wait("● live", 90)
        right(a, p, server, folder)
    except Ended as e:
        case(f"soak {a.seed}: {p.name} is live again by itself", False, str(e))
    before = liar.counts[p.name]
    p.screen.pump(CALM_S)
    calm = (liar.counts[p.name] - before) / CALM_S
    case(f"soak {a.seed}: {p.name} asks {calm:.2f} times a second when all is well", calm <= CALM_PER_S)
    case(f"soak {a.seed}: {p.name} asked {liar.rate(p.name):.2f} times a second when it was lied to", liar.rate(p.name) <= LIES_PER_S)
    told = sum(liar.told.values())
    case(f"soak {a.seed}: {told} lies in {liar.seconds:.0f} s", told >= liar.seconds / 10)
    for p in [players[1], *quiet]:
        p.sample()
        case(f"soak {a.seed}: {p.name} took {p.peak:.0f} MB at most", 0 < p.peak <= LIES_MB)
    print(f"# soak {a.seed}: requests {dict(liar.during)}; "
          f"{dict(sorted(liar.told.items()))}; never told: {liar.untold()}")


def come_home(a, p):
    p.resize(40, 160)
    try:
        p.home()
        return True
    except (Ended, OSError) as e:
        case(f"soak {a.seed}: {p.name} comes home", False, f"{type(e).__name__}: {e}\n" + "\n".join(p.screen.screen.display))
        return False


def at_rest(a, players, quiet, tour):
    """What the released one needs with nothing but all Pods before it, when what it had opened has been let go of. With
    tour, after it has been everywhere once: discovery, schemas and the second context are there to stay."""
    if tour:
        players[1].tour()
    for p in players:
        come_home(a, p)
    end = time.monotonic() + LET_GO_S
    while time.monotonic() < end:
        for p in [*players, *quiet]:
            p.pump(0.3)
    return players[1].memory()


def finish(a, players, quiet, server, folder, steady):
    for p in players:
        if come_home(a, p):
            right(a, p, server, folder)
    now = at_rest(a, players, quiet, False)
    case(f"soak {a.seed}: memory within 5 % of {steady:.1f} MB, which it was half way: {now:.1f} MB", now <= steady * 1.05)


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--seed", type=int, default=random.randrange(10**6))
    ap.add_argument("--minutes", type=float, default=10)
    ap.add_argument("--pods", type=int, default=500)
    ap.add_argument("--lies", action="store_true", help="the server lies")
    ap.add_argument("--keep", action="store_true", help="leave the cluster running")
    a = ap.parse_args()
    a.seconds = a.minutes * 60
    os.environ.setdefault("KVIEW_CLUSTER_DIR", os.path.join(ROOT, "build/soak/cluster"))
    os.environ.setdefault("KVIEW_CLUSTER_PORT", "22443")
    os.environ["KVIEW_CLUSTER_NODE"] = "0"
    folder = tempfile.mkdtemp(prefix="kview-soak-")
    try:
        run(CLUSTER, "up")
        run(CLUSTER, "scale", "10", str(a.pods))
        config = subprocess.run([CLUSTER, "kubeconfig"], capture_output=True, text=True, check=True).stdout.strip()
        binaries = subprocess.run([CLUSTER, "binaries"], capture_output=True, text=True, check=True).stdout.strip()
        server = Server([os.path.join(binaries, "kubectl")], config, os.path.join(folder, "server"))
        run(*server.kubectl, "--kubeconfig", config, "create", "namespace", "soak", check=False)
        print(f"# soak: make soak MINUTES={a.minutes:g} SEED={a.seed}{' LIES=1' * a.lies} plays this run again", flush=True)
        play(a, server, folder)
    finally:
        if not a.keep:
            run(CLUSTER, "down")
        shutil.rmtree(folder, ignore_errors=True)


main()
