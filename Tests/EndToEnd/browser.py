"""Pages in a headless Chromium, which tell what they have to tell with a POST to where they came from."""

import http.server
import json
import queue
import subprocess
import tempfile
import threading

from conftest import DEADLINE, clean_environment


class Page:
    """A page with a module script, open until the end of the `with`. Files by name are served beside it."""

    def __init__(self, script, files=()):
        contents = {"/": ("text/html", f"<!doctype html><title>.</title><script type=module>{script}</script>".encode())}
        contents |= {f"/{file.name}": ("text/javascript", file.read_bytes()) for file in files}
        self._told = queue.Queue()
        told = self._told

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                kind, body = contents.get(self.path, (None, b""))
                self._answer(200 if kind else 404, kind or "text/plain", body)

            def do_POST(self):
                told.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self._answer(204, "text/plain", b"")

            def _answer(self, status, kind, body):
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self._profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self._process = subprocess.Popen(
            [
                "chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                "--disable-background-networking", f"--user-data-dir={self._profile.name}",
                f"http://127.0.0.1:{self._server.server_port}/",
            ],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=clean_environment(),
        )
        return self

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait(DEADLINE)
        self._server.shutdown()
        self._server.server_close()
        self._profile.cleanup()

    def told(self):
        """The next thing that the page tells."""
        return self._told.get(timeout=DEADLINE)
