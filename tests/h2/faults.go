package main

import (
	"bytes"
	"strings"

	"golang.org/x/net/http2"
)

// moment is when a fault strikes a request for Pods.
type moment int

const (
	atHead  moment = iota // before its answer begins
	inList                // in the middle of a list, or of a page of one
	inWatch               // a second into a watch
)

// fault strikes so many times, then it is gone. What it does tells whether the stream is over.
type fault struct {
	at     moment
	times  int
	strike func(s *stream, left int) bool
}

// scenario is what goes wrong by and by, and how the server speaks all the time.
type scenario struct {
	faults     []fault
	settings   []http2.Setting
	padding    []byte
	piece      int  // DATA of so many bytes at most; 0: as the client takes it
	headFrames int  // a header block in so many frames
	only2      bool // no HTTP/1.1
	quiet      bool // nothing happens to the Pods
}

// RFC 9113: 6.8 GOAWAY, 5.4 errors, 5.2 windows, 6.10 CONTINUATION, 6.6 PUSH_PROMISE, 8.1 trailers, 5.5 unknown types.
var scenarios = map[string]scenario{
	"goaway":            {faults: []fault{{inList, 1, goAwayLater}, {inWatch, 1, goAwayLater}}},
	"goaway-below":      {faults: []fault{{inList, 1, goAwayBelow}, {inWatch, 1, goAwayBelow}}},
	"goaway-enhance":    {faults: []fault{{inWatch, 3, enhanceYourCalm}}},
	"rst":               {faults: []fault{{inWatch, 3, reset}}},
	"rst-head":          {faults: []fault{{atHead, 3, reset}}},
	"stall":             {faults: []fault{{inWatch, 1, stall}}},
	"stall-list":        {faults: []fault{{inList, 1, stall}}},
	"stall-all":         {faults: []fault{{inWatch, 1, stallAll}}},
	"stall-all-h2":      {faults: []fault{{inWatch, 1, stallAll}}, only2: true},
	"window":            {settings: []http2.Setting{{ID: http2.SettingInitialWindowSize, Val: 1}, {ID: http2.SettingMaxFrameSize, Val: 16384}}, piece: 1},
	"max-streams":       {settings: []http2.Setting{{ID: http2.SettingMaxConcurrentStreams, Val: 1}}},
	"max-streams-quiet": {settings: []http2.Setting{{ID: http2.SettingMaxConcurrentStreams, Val: 1}}, quiet: true},
	"settings-storm":    {faults: []fault{{inList, 1, settingsStorm}, {inWatch, 1, settingsStorm}}},
	"ping-storm":        {faults: []fault{{inList, 1, pingStorm}, {inWatch, 1, pingStorm}}},
	"padding":           {padding: make([]byte, 255), piece: 64},
	"continuation":      {headFrames: 6},
	"continuations":     {faults: []fault{{atHead, 3, continuations}}},
	"big-headers":       {faults: []fault{{atHead, 3, bigHeaders}}},
	"early-close":       {faults: []fault{{inList, 1, earlyClose}, {inWatch, 2, earlyClose}}},
	"unknown-frame":     {faults: []fault{{inList, 1, unknownFrame}, {inWatch, 1, unknownFrame}}},
	"bad-frame":         {faults: []fault{{inList, 1, dataOnNoStream}, {inWatch, 2, dataOnNoStream}}},
	"trailers":          {faults: []fault{{inWatch, 3, trailers}}},
	"push":              {faults: []fault{{inList, 1, push}, {inWatch, 1, push}}},
}

// strikes lets the fault of that moment strike, if there is one left. True: the stream is over.
func (s *stream) strikes(k *kind, at moment) bool {
	srv := s.conn.server
	for i, f := range srv.faults {
		if !k.beats || f.at != at {
			continue
		}
		srv.mu.Lock()
		left := srv.left[i]
		srv.left[i] = max(0, left-1)
		sum := 0
		for _, n := range srv.left {
			sum += n
		}
		last := sum == 0 && !srv.gone
		srv.gone = srv.gone || last
		srv.mu.Unlock()
		if left == 0 {
			continue
		}
		srv.say(map[string]any{"fault": left, "at": at})
		if last {
			srv.say(map[string]any{"gone": true})
		}
		return f.strike(s, left)
	}
	return false
}

// The streams under way go on to their end, which for a watch is a bookmark and no more.
func goAwayLater(s *stream, _ int) bool {
	c := s.conn
	c.write(func(f *http2.Framer) { _ = f.WriteGoAway(c.last, http2.ErrCodeNo, nil) })
	go func() {
		if s.wait(5 * beatEvery) {
			s.finish()
			s.forget()
		}
		c.end()
	}()
	return false
}

func goAwayBelow(s *stream, _ int) bool {
	s.conn.write(func(f *http2.Framer) { _ = f.WriteGoAway(max(s.id, 2)-2, http2.ErrCodeNo, nil) })
	s.conn.end()
	return true
}

func enhanceYourCalm(s *stream, _ int) bool {
	s.conn.write(func(f *http2.Framer) {
		_ = f.WriteGoAway(s.conn.last, http2.ErrCodeEnhanceYourCalm, []byte("too_many_pings"))
	})
	s.conn.end()
	return true
}

func reset(s *stream, left int) bool {
	codes := []http2.ErrCode{http2.ErrCodeRefusedStream, http2.ErrCodeCancel, http2.ErrCodeInternal}
	s.conn.write(func(f *http2.Framer) { _ = f.WriteRSTStream(s.id, codes[(left-1)%len(codes)]) })
	return true
}

// untilOver is a stream of which nothing more is heard.
func (s *stream) untilOver() bool {
	for s.wait(beatEvery) {
	}
	return true
}

func stall(s *stream, _ int) bool {
	text := event("MODIFIED", podObject(0, s.conn.server.beat(), s.version()))
	s.data(text[:len(text)/2])
	return s.untilOver()
}

// Not this connection alone: all there are.
func stallAll(s *stream, _ int) bool {
	for _, c := range s.conn.server.connections() {
		c.mu.Lock()
		c.mute = true
		c.mu.Unlock()
	}
	return s.untilOver()
}

func settingsStorm(s *stream, _ int) bool {
	s.conn.write(func(f *http2.Framer) {
		for i := range 1000 {
			_ = f.WriteSettings(http2.Setting{ID: http2.SettingMaxHeaderListSize, Val: uint32(1<<20 + i)})
		}
	})
	return false
}

func pingStorm(s *stream, _ int) bool {
	s.conn.write(func(f *http2.Framer) {
		for i := range 1000 {
			_ = f.WritePing(false, [8]byte{byte(i >> 8), byte(i)})
		}
	})
	return false
}

func continuations(s *stream, _ int) bool {
	c := s.conn
	c.write(func(f *http2.Framer) {
		writeBlock(f, s.id, c.fields(":status", "200", "content-type", jsonType, "x-much", strings.Repeat("x", 4000)), 1000, false)
	})
	return s.untilOver()
}

func bigHeaders(s *stream, _ int) bool {
	c := s.conn
	c.write(func(f *http2.Framer) {
		block := c.fields(":status", "200", "content-type", jsonType, "x-big", strings.Repeat("x", 200<<10))
		writeBlock(f, s.id, block, 1+len(block)/c.maxFrame, false)
	})
	return s.untilOver()
}

// The length of a frame is told, a part of it comes: blanks, which are in place in any JSON.
func earlyClose(s *stream, _ int) bool {
	c := s.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	_, _ = c.tls.Write(append([]byte{0, 16, 0, byte(http2.FrameData), 0, 0, 0, 0, byte(s.id)}, "      "...))
	c.endLocked()
	return true
}

func unknownFrame(s *stream, _ int) bool {
	s.conn.write(func(f *http2.Framer) {
		_ = f.WriteRawFrame(0xbb, 0xff, 0, bytes.Repeat([]byte("?"), 1000))
		_ = f.WriteRawFrame(0xbb, 0xff, s.id, bytes.Repeat([]byte("?"), 1000))
	})
	return false
}

func dataOnNoStream(s *stream, _ int) bool {
	s.conn.write(func(f *http2.Framer) { _ = f.WriteData(0, false, []byte("nobody's")) })
	return s.untilOver()
}

func trailers(s *stream, _ int) bool {
	c := s.conn
	c.write(func(f *http2.Framer) { writeBlock(f, s.id, c.fields("x-trailer", "that was all"), 1, true) })
	return true
}

func push(s *stream, _ int) bool {
	c := s.conn
	c.write(func(f *http2.Framer) {
		block := c.fields(":method", "GET", ":scheme", "https", ":authority", "127.0.0.1", ":path", "/api/v1/secrets")
		_ = f.WritePushPromise(http2.PushPromiseParam{StreamID: s.id, PromiseID: 2, BlockFragment: block, EndHeaders: true})
	})
	return s.untilOver()
}
