"""The proxy that docs and docker-compose.yml name, run as it is but for addresses and files."""

import http.client
import os
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from dangol.settings import PROJECT_ROOT

NAME = "airflow.example.com"
TEXT = (PROJECT_ROOT / "nginx.conf").read_text()


PROTECTING = ("Content-Security-Policy", "X-Content-Type-Options", "Strict-Transport-Security")


class Airflow(BaseHTTPRequestHandler):
    def do_GET(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        said = f"{self.path} {self.headers['Host']} {self.headers['X-Forwarded-Proto']}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(said)))
        for name in PROTECTING:
            self.send_header(name, "of Airflow")
        self.end_headers()
        self.wfile.write(said)

    do_POST = do_GET

    def log_message(self, *_):
        pass


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def write_certificate(folder):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "fullchain.pem").write_bytes(signed.public_bytes(pem))
    private = serialization.PrivateFormat.PKCS8
    (folder / "privkey.pem").write_bytes(
        key.private_bytes(pem, private, serialization.NoEncryption())
    )


def answers(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def proxy(tmp_path_factory):
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/bin")
    if not nginx:
        pytest.skip("nginx is not on this machine (Debian: apt-get install nginx-light)")
    folder, port = tmp_path_factory.mktemp("proxy"), free_port()
    write_certificate(folder)
    upstream = ThreadingHTTPServer(("127.0.0.1", 0), Airflow)
    threading.Thread(target=upstream.serve_forever, daemon=True).start()
    here = (
        TEXT.replace("127.0.0.1:8080", f"127.0.0.1:{upstream.server_port}")
        .replace("listen 443", f"listen 127.0.0.1:{port}")
        .replace("/etc/nginx/dangol", str(folder))
    )
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root; " if os.geteuid() == 0 else ""
    main = f"{user}daemon off; pid {folder}/pid; error_log {folder}/error.log; events {{}}\n"
    (folder / "nginx.conf").write_text(
        f"{main}http {{ access_log off; {temporary}{here} }}", encoding="utf-8"
    )
    process = subprocess.Popen([nginx, "-e", folder / "error.log", "-c", folder / "nginx.conf"])
    until = time.monotonic() + 20
    while not answers(port) and time.monotonic() < until:
        time.sleep(0.1)
    yield SimpleNamespace(port=port, certificate=folder / "fullchain.pem")
    process.terminate()
    process.wait(20)
    upstream.shutdown()
    upstream.server_close()


def ask(proxy, path="/", **request):
    response, said = response_to(proxy, path, **request)
    return response.status, said


def response_to(proxy, path, name=NAME, method="GET", body=None, headers=None):
    trust = ssl.create_default_context(cafile=proxy.certificate)
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=10) as plain:
        connection = http.client.HTTPConnection(name)
        connection.sock = trust.wrap_socket(plain, server_hostname=name)
        connection.request(method, path, body=body, headers=headers or {})
        response = connection.getresponse()
        said = response.read().decode()
        connection.close()
    return response, said


def test_requests_reach_airflow_under_the_name_that_people_use(proxy):
    assert ask(proxy, "/dags") == (200, f"/dags {NAME} https")


def test_each_page_has_its_headers_once_airflow_s_or_the_proxy_s_own(proxy):
    response, _ = response_to(proxy, "/dags")
    assert [response.headers.get_all(name) for name in PROTECTING] == [["of Airflow"]] * 3
    response, _ = response_to(proxy, "/execution/x")
    assert [response.headers.get_all(name) for name in PROTECTING] == [
        ["default-src 'none'; frame-ancestors 'none'"], ["nosniff"], ["max-age=31536000"],
    ]  # fmt: skip


def test_another_name_is_not_even_shown_a_certificate(proxy):
    with pytest.raises(ssl.SSLError):
        ask(proxy, name="evil.example.com")


def test_a_body_that_is_too_large_is_refused(proxy):
    assert ask(proxy, "/api/v2/dags", method="POST", body=b"x" * 1_000_000)[0] == 200
    announced = {"Content-Length": "1100000"}
    assert ask(proxy, "/api/v2/dags", method="POST", headers=announced)[0] == 413


def test_what_tasks_talk_to_can_not_be_reached(proxy):
    assert ask(proxy, "/execution/dag-runs/nightly/x", method="POST", body=b"{}")[0] == 404


def ask_at_once(proxy, paths, **request):
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(lambda path: ask(proxy, path, **request)[0], paths))


@pytest.mark.parametrize(
    "path", ["/auth/login/", "/auth/token", "/auth/token/cli", "//auth/./%74oken?x=1"]
)
def test_whoever_tries_passwords_is_slowed_down(path, proxy):
    tried = ask_at_once(proxy, [path] * 60, method="POST", body=b"{}")
    assert 429 in tried
    assert tried.count(200) < 40
    assert ask(proxy, "/dags")[0] == 200


def test_a_login_page_and_what_it_loads_are_shown_twice_in_a_second(proxy):
    """The form of the production login has some thirty files."""
    files = [f"/auth/static/appbuilder/{number}.js" for number in range(32)]
    asked = ask_at_once(proxy, 2 * ["/auth/login/", *files])
    assert set(asked) == {200}


def test_the_file_is_named_where_it_is_needed():
    compose = (PROJECT_ROOT / "docker-compose.yml").read_text()
    assert "nginx.conf" in compose
    assert re.search(r"\(\.\./nginx\.conf\)", (PROJECT_ROOT / "docs" / "setup.md").read_text())
