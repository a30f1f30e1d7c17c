"""A proxy before the API server that writes down every request that is no read, and can lose answers: what a client
sent is asserted on what came through here. It speaks to `kubectl proxy`, which has the credentials."""
import http.client, http.server, os, re, signal, socket, subprocess, threading

REVIEW = re.compile(r"/apis/(authorization|authentication)\.k8s\.io/v1/\w*reviews(\?|$)")


class Recorder:
    def __init__(self, kubectl, *words):
        self.writes = []  # (method, path, body)
        self.lose = None  # "before": no write arrives; "after": the next does, its answer does not
        self.proxy = subprocess.Popen([*kubectl, "proxy", "--port=0", "--disable-filter", *words], stdout=subprocess.PIPE,
                                      stderr=subprocess.DEVNULL, text=True, start_new_session=True)
        upstream = int(re.search(r":(\d+)", self.proxy.stdout.readline())[1])
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def relay(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                writes = self.command not in ("GET", "HEAD") and not REVIEW.search(self.path)
                lose = None
                if writes:
                    outer.writes.append((self.command, self.path, body.decode()))
                    if "dryRun" not in self.path and b"dryRun" not in body:
                        lose = outer.lose
                        if lose == "after":  # the client may send it again over another connection: that one passes
                            outer.lose = None
                if lose == "before":
                    return self.drop()
                up = http.client.HTTPConnection("127.0.0.1", upstream)
                headers = {k: v for k, v in self.headers.items() if k.lower() not in ("host", "accept-encoding")}
                up.request(self.command, self.path, body, headers)
                answer = up.getresponse()
                if lose == "after":
                    answer.read()
                    return self.drop()
                self.send_response(answer.status)
                for k, v in answer.getheaders():
                    if k.lower() not in ("transfer-encoding", "connection", "content-length", "date", "server"):
                        self.send_header(k, v)
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                try:
                    while data := answer.read1(65536):
                        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
                        self.wfile.flush()
                    self.wfile.write(b"0\r\n\r\n")
                except (OSError, http.client.HTTPException):
                    self.close_connection = True
                finally:
                    up.close()

            def drop(self):
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = relay

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.handle_error = lambda *_: None  # a client that ends is no error
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def kubeconfig(self, path, context="recorded"):
        with open(path, "w") as f:
            f.write(f"""apiVersion: v1
kind: Config
current-context: {context}
clusters: [{{name: c, cluster: {{server: "http://127.0.0.1:{self.server.server_port}"}}}}]
users: [{{name: u, user: {{}}}}]
contexts: [{{name: {context}, context: {{cluster: c, user: u}}}}]
""")
        return path

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        os.killpg(self.proxy.pid, signal.SIGTERM)  # KUBECTL may be a shell around it
        self.proxy.wait()
