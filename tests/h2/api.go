package main

import (
	"bufio"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	podCount = 50
	pageSize = 20
	jsonType = "application/json"
)

type object = map[string]any

func podObject(i, restarts, version int) object {
	name := fmt.Sprintf("pod-%02d", i)
	if i == 0 {
		name = "beat"
	}
	return object{"apiVersion": "v1", "kind": "Pod",
		"metadata": object{"name": name, "namespace": "default", "uid": fmt.Sprintf("uid-%d", i),
			"resourceVersion": strconv.Itoa(version), "creationTimestamp": "2026-01-01T00:00:00Z"},
		"spec": object{"nodeName": "node", "containers": []object{{"name": "c", "image": "registry.example/shop/web:1.4.1"}}},
		"status": object{"phase": "Running", "podIP": fmt.Sprintf("10.0.0.%d", i+1),
			"containerStatuses": []object{{"name": "c", "ready": true, "restartCount": restarts, "image": "web",
				"state": object{"running": object{"startedAt": "2026-01-01T00:00:00Z"}}}}}}
}

func namespaceObject(i, _, version int) object {
	return object{"apiVersion": "v1", "kind": "Namespace",
		"metadata": object{"name": fmt.Sprintf("space-%02d", i), "uid": fmt.Sprintf("space-%d", i),
			"resourceVersion": strconv.Itoa(version), "creationTimestamp": "2026-01-01T00:00:00Z"},
		"status": object{"phase": "Active"}}
}

func resource(name, one, kind string, namespaced bool) object {
	return object{"name": name, "singularName": one, "namespaced": namespaced, "kind": kind, "verbs": []string{"get", "list", "watch"}}
}

// What is the same whenever it is asked for
var fixed = map[string]any{
	"/version": object{"major": "1", "minor": "35", "gitVersion": "v1.35.0"},
	"/api":     object{"kind": "APIVersions", "versions": []string{"v1"}},
	"/apis":    object{"kind": "APIGroupList", "apiVersion": "v1", "groups": []any{}},
	"/api/v1": object{"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": "v1", "resources": []object{
		resource("pods", "pod", "Pod", true), resource("namespaces", "namespace", "Namespace", false)}},
}

// kind is a resource that is listed and watched; make gives its i-th object.
type kind struct {
	name  string
	count int
	beats bool // its first object changes all the time
	make  func(i, beat, version int) object
}

var kinds = map[string]*kind{
	"/api/v1/pods":                    &pods,
	"/api/v1/namespaces/default/pods": &pods,
	"/api/v1/namespaces":              {"Namespace", 3, false, namespaceObject},
}
var pods = kind{"Pod", podCount, true, podObject}

func line(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return append(text, '\n')
}

func (s *stream) answer(status int, doc any) {
	if s.head(strconv.Itoa(status), jsonType) && s.data(line(doc)) {
		s.finish()
	}
}

func (s *stream) serve() {
	defer s.forget()
	u, err := url.Parse(s.path)
	if err != nil {
		return
	}
	k := kinds[u.Path]
	switch {
	case s.method == "GET" && k != nil:
		s.serveKind(k, u.Query())
	case s.method == "GET" && fixed[u.Path] != nil:
		s.answer(200, fixed[u.Path])
	case s.method == "GET" && u.Path == "/livez":
		if s.head("200", "text/plain") && s.data([]byte("ok")) {
			s.finish()
		}
	default:
		s.answer(404, object{"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 404, "reason": "NotFound",
			"message": "the server could not find the requested resource"})
	}
}

func (s *stream) serveKind(k *kind, q url.Values) {
	if k.beats {
		srv := s.conn.server
		srv.mu.Lock()
		srv.asked = append(srv.asked, time.Now())
		srv.mu.Unlock()
	}
	if s.strikes(k, atHead) {
		return
	}
	if q.Get("watch") == "" {
		s.page(k, q)
		return
	}
	if s.head("200", jsonType) && (q.Get("sendInitialEvents") == "" || s.initial(k)) {
		s.watch(k)
	}
}

func (s *stream) page(k *kind, q url.Values) {
	var items []object
	from, _ := strconv.Atoi(q.Get("continue"))
	to := min(from+pageSize, k.count)
	meta := object{"resourceVersion": strconv.Itoa(s.version())}
	if to < k.count {
		meta["continue"] = strconv.Itoa(to)
		meta["remainingItemCount"] = k.count - to
	}
	for i := from; i < to; i++ {
		items = append(items, k.make(i, s.conn.server.beat(), s.version()))
	}
	text := line(object{"kind": k.name + "List", "apiVersion": "v1", "metadata": meta, "items": items})
	if s.head("200", jsonType) && s.data(text[:len(text)/2]) && !s.strikes(k, inList) && s.data(text[len(text)/2:]) {
		s.finish()
	}
}

func (s *stream) version() int { return 1000 + s.conn.server.beat() }

func event(what string, o object) []byte {
	return line(struct { // in this order, as an API server writes it
		Type   string `json:"type"`
		Object object `json:"object"`
	}{what, o})
}

func (s *stream) event(what string, o object) bool { return s.data(event(what, o)) }

func (s *stream) initial(k *kind) bool {
	for i := range k.count {
		if i == k.count/2 && s.strikes(k, inList) {
			return false
		}
		if !s.event("ADDED", k.make(i, s.conn.server.beat(), s.version())) {
			return false
		}
	}
	return s.event("BOOKMARK", object{"kind": k.name, "apiVersion": "v1", "metadata": object{
		"resourceVersion": strconv.Itoa(s.version()), "annotations": object{"k8s.io/initial-events-end": "true"}}})
}

func (s *stream) watch(k *kind) {
	for s.wait(beatEvery) {
		if s.events == 5 && s.strikes(k, inWatch) {
			return
		}
		if s.events++; k.beats && !s.conn.server.quiet && !s.event("MODIFIED", k.make(0, s.conn.server.beat(), s.version())) {
			return
		}
	}
}

// serve11 answers who speaks HTTP/1.1 what a probe wants to know.
func (s *server) serve11(t *tls.Conn) {
	r, err := http.ReadRequest(bufio.NewReader(t))
	if err != nil {
		return
	}
	status, body := "404 Not Found", ""
	if strings.HasPrefix(r.URL.Path, "/livez") {
		status, body = "200 OK", "ok"
	}
	fmt.Fprintf(t, "HTTP/1.1 %s\r\nContent-Type: text/plain\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", status, len(body), body)
}
