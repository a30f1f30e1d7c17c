"""select.select without its limit of 1024 file descriptors."""
import select


def ready(reads, writes, seconds):
    """Those of `reads` that can be read or have ended, and those of `writes` that can be written or have."""
    poll, wanted = select.poll(), {}
    for files, event in ((reads, select.POLLIN), (writes, select.POLLOUT)):
        for f in files:
            fd = f if isinstance(f, int) else f.fileno()
            wanted[fd] = wanted.get(fd, 0) | event
    for fd, events in wanted.items():
        poll.register(fd, events)
    came = dict(poll.poll(max(0, seconds) * 1000))
    over = select.POLLHUP | select.POLLERR | select.POLLNVAL

    def those(files, event):
        return [f for f in files if came.get(f if isinstance(f, int) else f.fileno(), 0) & (event | over)]

    return those(reads, select.POLLIN), those(writes, select.POLLOUT)
