// h2 SCENARIO KUBECONFIG: a Kubernetes API server of fifty Pods on a port of 127.0.0.1, for which it writes a kubeconfig,
// and whose HTTP/2 goes wrong as the scenario says (faults.go). On stdout it tells, a JSON object a line, where it is,
// when a fault has struck, when all have, and when its stdin ends what it was asked for.
package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"maps"
	"math/big"
	"net"
	"os"
	"slices"
	"sync"
	"time"
)

const (
	beatEvery = 200 * time.Millisecond
	window    = 10 * time.Second // in which requests are counted
)

type server struct {
	scenario
	start time.Time

	mu                             sync.Mutex
	left                           []int // how often each fault still strikes
	asked                          []time.Time
	conns, http11, bodies, refused int
	open                           map[*conn]bool
	gone                           bool
}

func (s *server) say(what map[string]any) {
	what["ms"] = time.Since(s.start).Milliseconds()
	line, err := json.Marshal(what)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(line))
}

// beat is the count that the Pod "beat" shows: it tells how old what stands on a screen is.
func (s *server) beat() int { return int(time.Since(s.start) / beatEvery) }

func (s *server) counted(counter *int) {
	s.mu.Lock()
	*counter++
	s.mu.Unlock()
}

func (s *server) live(c *conn, is bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if delete(s.open, c); is {
		s.open[c] = true
	}
}

// connections gives those there are; who holds the lock of one must not ask.
func (s *server) connections() []*conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Keys(s.open))
}

// most is the largest number of requests for Pods in any ten seconds.
func (s *server) most() int {
	most := 0
	for i := range s.asked {
		n := 0
		for _, at := range s.asked[i:] {
			if at.Sub(s.asked[i]) < window {
				n++
			}
		}
		most = max(most, n)
	}
	return most
}

func (s *server) total() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.say(map[string]any{"end": true, "asked": len(s.asked), "most": s.most(), "connections": s.conns, "http11": s.http11,
		"bodies": s.bodies, "refused": s.refused, "left": s.left})
}

func certificate() (tls.Certificate, []byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	t := x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "h2"}, IsCA: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, &t, &t, &key.PublicKey, key)
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, ca, err
}

func writeKubeconfig(path string, port int, ca []byte) error {
	named := func(key string, value any) []any { return []any{map[string]any{"name": "h2", key: value}} }
	text, err := json.Marshal(map[string]any{"apiVersion": "v1", "kind": "Config", "current-context": "h2",
		"clusters": named("cluster", map[string]any{"server": fmt.Sprintf("https://127.0.0.1:%d", port),
			"certificate-authority-data": ca}),
		"users":    named("user", map[string]any{"token": "t"}),
		"contexts": named("context", map[string]any{"cluster": "h2", "user": "h2"})})
	if err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o600)
}

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: h2 SCENARIO KUBECONFIG")
	}
	how, known := scenarios[os.Args[1]]
	if !known {
		log.Fatalf("there is no scenario %q", os.Args[1])
	}
	s := &server{scenario: how, start: time.Now(), open: map[*conn]bool{}}
	for _, f := range how.faults {
		s.left = append(s.left, f.times)
	}
	cert, ca, err := certificate()
	if err != nil {
		log.Fatal(err)
	}
	// Whoever offers only HTTP/1.1 gets that, as with an API server: crypto/tls lets it pass without ALPN
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	port := tcp.Addr().(*net.TCPAddr).Port
	if err := writeKubeconfig(os.Args[2], port, ca); err != nil {
		log.Fatal(err)
	}
	s.say(map[string]any{"port": port, "started": s.start.UnixMilli()})
	if len(s.left) == 0 {
		s.gone = true
		s.say(map[string]any{"gone": true})
	}
	go s.accept(tcp, &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{"h2"}})
	_, _ = io.Copy(io.Discard, os.Stdin)
	s.total()
}

func (s *server) accept(tcp net.Listener, config *tls.Config) {
	for {
		conn, err := tcp.Accept()
		if err != nil {
			log.Fatal(err)
		}
		go func() {
			defer conn.Close()
			t := tls.Server(conn, config)
			if t.Handshake() != nil {
				return
			}
			if t.ConnectionState().NegotiatedProtocol != "h2" {
				s.counted(&s.http11)
				if !s.only2 {
					s.serve11(t)
				}
				return
			}
			s.counted(&s.conns)
			newConn(s, t).serve()
		}()
	}
}
