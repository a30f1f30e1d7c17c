"""kview at a pseudo-terminal with an emulated screen (pyte), so that a test sees what a person sees."""
import os, re, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "bench"))
import pyte  # noqa: E402
from terminal import Ended, Kview  # noqa: E402

ROWS, COLS = 40, 160


class Emulated(pyte.Screen):
    """With the two movements of xterm that pyte lacks and curses uses: SU and SD."""

    def select_graphic_rendition(self, *attrs, private=False):
        """CSI > 4 m and CSI ? 4 m are no colours (xterm's modifyOtherKeys, which vim sets)."""
        if not private:
            super().select_graphic_rendition(*attrs)

    def scrolled(self, count, edge, step):
        y, self.cursor.y = self.cursor.y, (self.margins or (0, self.lines - 1))[edge]
        for _ in range(count or 1):
            step()
        self.cursor.y = y

    def scroll_up(self, count=1, **_):
        self.scrolled(count, 1, self.index)

    def scroll_down(self, count=1, **_):
        self.scrolled(count, 0, self.reverse_index)


class Stream(pyte.ByteStream):
    csi = {**pyte.ByteStream.csi, "S": "scroll_up", "T": "scroll_down"}
    events = frozenset([*pyte.ByteStream.events, "scroll_up", "scroll_down"])


class Screen(Kview):
    def __init__(self, argv, env=None, rows=ROWS, cols=COLS):
        self.screen = Emulated(cols, rows)
        self.stream = Stream(self.screen)
        self.always = []  # texts that must stand on the screen at every moment
        self.blinks = []
        self.log = []
        super().__init__(argv, env or {}, rows, cols)
        self.log = []

    def _take(self, ready):
        before = len(self.log)
        super()._take(ready)
        for _, data in self.log[before:]:
            self.stream.feed(data)
            text = "\n".join(self.screen.display) if self.always else ""
            self.blinks += [t for t in self.always if t not in text]
            if b"\x1b[2J" in data and self.always:
                self.blinks.append("the whole screen was cleared")
        del self.log[:]

    def shows(self, pattern):
        rx = re.compile(pattern)
        return any(rx.search(line) for line in self.screen.display)

    def wait(self, pattern, seconds=20, gone=False):
        if not self.pump(seconds, lambda: self.shows(pattern) != gone):
            seen = "\n".join(line.rstrip() for line in self.screen.display if line.strip())
            raise Ended(f"{'not ' if gone else ''}{pattern} on the screen: not within {seconds} s; the screen:\n{seen}")
        return self.last_at

    def says(self, text, seconds=20):
        """A message, which may go on over several lines."""
        def found():
            return text in " ".join(" ".join(self.screen.display).split())
        self.need(seconds, found, f"{text} on the screen")

    def cursor(self):
        return next((line for line in self.screen.display if line.startswith("▌")), "")

    def body(self):
        """The view itself: what lies between the two lines above and the two below."""
        return "\n".join(line.rstrip() for line in self.screen.display[2:-2]).strip("\n")


def case(name, ok, why=""):
    print(f"ok {name}" if ok else f"FAILED {name}: {why}", flush=True)
