package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

const writeTime = 10 * time.Second

// conn is one connection: who writes holds mu, and the loop of read alone reads.
type conn struct {
	server *server
	tls    *tls.Conn
	out    *bufio.Writer
	framer *http2.Framer

	mu       sync.Mutex
	more     *sync.Cond // a window has grown, or all is over
	encoder  *hpack.Encoder
	block    bytes.Buffer
	window   int64 // what the client takes, of the connection
	initial  int64 // and of each new stream
	maxFrame int
	streams  map[uint32]*stream
	last     uint32
	mute     bool // says nothing any more, whatever happens
	over     bool
}

// stream is one request and its answer.
type stream struct {
	conn         *conn
	id           uint32
	method, path string
	window       int64
	events       int // of a watch, so far
	body         int // bytes that came
	over         bool
}

func newConn(s *server, t *tls.Conn) *conn {
	c := &conn{server: s, tls: t, out: bufio.NewWriterSize(t, 1<<16), window: 65535, initial: 65535, maxFrame: 16384,
		streams: map[uint32]*stream{}}
	c.more = sync.NewCond(&c.mu)
	c.encoder = hpack.NewEncoder(&c.block)
	c.framer = http2.NewFramer(c.out, t)
	c.framer.AllowIllegalWrites = true
	c.framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	return c
}

// write gives the frames of fn to the connection, in one piece. False: there is nobody to write to.
func (c *conn) write(fn func(f *http2.Framer)) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.writeLocked(fn)
}

func (c *conn) writeLocked(fn func(f *http2.Framer)) bool {
	if c.mute || c.over {
		return !c.over
	}
	_ = c.tls.SetWriteDeadline(time.Now().Add(writeTime))
	fn(c.framer)
	if c.out.Flush() != nil {
		c.endLocked()
	}
	return !c.over
}

func (c *conn) endLocked() {
	c.over = true
	c.more.Broadcast()
	_ = c.tls.NetConn().Close() // no close_notify: a connection that breaks has none either
}

func (c *conn) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.endLocked()
}

func (c *conn) serve() {
	c.server.live(c, true)
	defer c.server.live(c, false)
	defer c.end()
	preface := make([]byte, len(http2.ClientPreface))
	if _, err := io.ReadFull(c.tls, preface); err != nil || string(preface) != http2.ClientPreface {
		return
	}
	c.write(func(f *http2.Framer) { _ = f.WriteSettings(c.server.settings...) })
	for {
		frame, err := c.framer.ReadFrame()
		if err != nil || !c.read(frame) {
			return
		}
	}
}

// ---- what the client says

func (c *conn) read(frame http2.Frame) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch f := frame.(type) {
	case *http2.SettingsFrame:
		c.readSettings(f)
	case *http2.PingFrame:
		if !f.IsAck() {
			c.writeLocked(func(w *http2.Framer) { _ = w.WritePing(true, f.Data) })
		}
	case *http2.WindowUpdateFrame:
		c.readWindow(f)
	case *http2.RSTStreamFrame:
		if s := c.streams[f.StreamID]; s != nil {
			s.over = true
			c.more.Broadcast()
		}
	case *http2.MetaHeadersFrame:
		c.readHeaders(f)
	case *http2.DataFrame:
		c.readData(f)
	case *http2.GoAwayFrame:
		c.server.say(map[string]any{"goaway": f.ErrCode.String(), "debug": string(f.DebugData())})
	}
	return !c.over
}

func (c *conn) readSettings(f *http2.SettingsFrame) {
	if f.IsAck() {
		return
	}
	if v, ok := f.Value(http2.SettingInitialWindowSize); ok {
		for _, s := range c.streams {
			s.window += int64(v) - c.initial
		}
		c.initial = int64(v)
	}
	if v, ok := f.Value(http2.SettingMaxFrameSize); ok {
		c.maxFrame = int(v)
	}
	c.writeLocked(func(w *http2.Framer) { _ = w.WriteSettingsAck() })
	c.more.Broadcast()
}

func (c *conn) readWindow(f *http2.WindowUpdateFrame) {
	if f.StreamID == 0 {
		c.window += int64(f.Increment)
	} else if s := c.streams[f.StreamID]; s != nil {
		s.window += int64(f.Increment)
	}
	c.more.Broadcast()
}

// limit is how many streams at once the settings allow; 0: any number.
func (c *conn) limit() int {
	for _, s := range c.server.settings {
		if s.ID == http2.SettingMaxConcurrentStreams {
			return int(s.Val)
		}
	}
	return 0
}

func (c *conn) readHeaders(f *http2.MetaHeadersFrame) {
	s := &stream{conn: c, id: f.StreamID, method: f.PseudoValue("method"), path: f.PseudoValue("path"), window: c.initial}
	c.last = max(c.last, s.id)
	if n := c.limit(); n > 0 && len(c.streams) >= n {
		c.server.counted(&c.server.refused)
		c.writeLocked(func(w *http2.Framer) { _ = w.WriteRSTStream(s.id, http2.ErrCodeRefusedStream) })
		return
	}
	c.streams[s.id] = s
	if f.StreamEnded() {
		go s.serve()
	}
}

// What a body says is not looked at; that it comes, byte by byte where the window is one byte, is.
func (c *conn) readData(f *http2.DataFrame) {
	n := f.Header().Length
	s := c.streams[f.StreamID]
	if s != nil {
		s.body += len(f.Data())
	}
	if n > 0 {
		c.writeLocked(func(w *http2.Framer) {
			_ = w.WriteWindowUpdate(0, n)
			if s != nil && !f.StreamEnded() {
				_ = w.WriteWindowUpdate(s.id, n)
			}
		})
	}
	if s != nil && f.StreamEnded() {
		c.server.counted(&c.server.bodies)
		c.server.say(map[string]any{"body": s.body, "path": s.path})
		go s.serve()
	}
}

// ---- what the server says

// fields encodes name, value, name, value ... as a header block.
func (c *conn) fields(pairs ...string) []byte {
	c.block.Reset()
	for i := 0; i+1 < len(pairs); i += 2 {
		_ = c.encoder.WriteField(hpack.HeaderField{Name: pairs[i], Value: pairs[i+1]})
	}
	return bytes.Clone(c.block.Bytes())
}

// writeBlock writes a header block as one HEADERS frame and as many of CONTINUATION as it takes to have `frames`.
func writeBlock(f *http2.Framer, id uint32, block []byte, frames int, end bool) {
	piece := func(i int) []byte { return block[len(block)*i/frames : len(block)*(i+1)/frames] }
	_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: piece(0), EndHeaders: frames == 1, EndStream: end})
	for i := 1; i < frames; i++ {
		_ = f.WriteContinuation(id, i == frames-1, piece(i))
	}
}

func (s *stream) head(status, kind string) bool {
	c := s.conn
	return c.write(func(f *http2.Framer) {
		block := c.fields(":status", status, "content-type", kind, "cache-control", "no-cache, private",
			"x-padding", strings.Repeat(strconv.Itoa(int(s.id)), c.server.headFrames))
		writeBlock(f, s.id, block, max(1, c.server.headFrames), false)
	})
}

// free is what may be sent now beside `extra` bytes of padding.
func (s *stream) free(extra int) int {
	return int(min(s.window, s.conn.window, int64(s.conn.maxFrame))) - extra
}

// data sends bytes of the body, in frames as the scenario wants them.
func (s *stream) data(b []byte) bool {
	c := s.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	pad, extra, most := c.server.padding, 0, len(b)
	if len(pad) > 0 {
		extra = len(pad) + 1
	}
	if c.server.piece > 0 {
		most = c.server.piece
	}
	for len(b) > 0 {
		for !c.over && !s.over && (c.mute || s.free(extra) <= 0) {
			c.more.Wait()
		}
		if c.over || s.over {
			return false
		}
		c.writeLocked(func(f *http2.Framer) {
			for n := min(s.free(extra), most, len(b)); n > 0; n = min(s.free(extra), most, len(b)) {
				s.window -= int64(n + extra)
				c.window -= int64(n + extra)
				_ = f.WriteDataPadded(s.id, false, b[:n], pad)
				b = b[n:]
			}
		})
	}
	return !s.over
}

// wait sleeps; false when the stream is over.
func (s *stream) wait(d time.Duration) bool {
	time.Sleep(d)
	s.conn.mu.Lock()
	defer s.conn.mu.Unlock()
	return !s.over && !s.conn.over
}

func (s *stream) finish() {
	s.conn.write(func(f *http2.Framer) {
		if !s.over {
			_ = f.WriteData(s.id, true, nil)
			s.over = true
		}
	})
}

// forget is the end of the stream, however it came about.
func (s *stream) forget() {
	s.conn.mu.Lock()
	defer s.conn.mu.Unlock()
	s.over = true
	delete(s.conn.streams, s.id)
}
