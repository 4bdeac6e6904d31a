"""A mail server with TLS and a login, and a webhook, which keep what they receive as files."""

import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.end_to_end.canaries.kinds import CREDENTIALS


class Receivers:
    """Both of them.

    Parameters
    ----------
    folder
        Gets a file for each alert.
    certificate
        Gets the certificate of the mail server.
    """

    def __init__(self, folder, certificate):
        folder.mkdir()
        self.folder, self.logins, self.paths = folder, [], []
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.write_bytes(_certificate())
        tls.load_cert_chain(certificate)
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        self._mail = Controller(
            self, hostname="127.0.0.1", port=port, tls_context=tls, authenticator=self._log_in,
            auth_required=True,
        )  # fmt: skip
        self._mail.start()
        self._web = _webhook(self)
        self.variables = {
            "SSL_CERT_FILE": str(certificate),
            "DANGOL_SMTP_HOST": "127.0.0.1", "DANGOL_SMTP_PORT": f"{port}",
            "DANGOL_SMTP_FROM": "dangol@example.com", "DANGOL_SMTP_TO": "oncall@example.com",
            "DANGOL_SMTP_USER": "dangol", "DANGOL_SMTP_PASSWORD": CREDENTIALS["mail password"],
            "DANGOL_SLACK_WEBHOOK":
                f"http://127.0.0.1:{self._web.server_port}/T0/{CREDENTIALS['webhook']}",
        }  # fmt: skip

    def keep(self, kind, content):
        """Write what was received to a file."""
        number = len(list(self.folder.iterdir()))
        (self.folder / f"{number:03}.{kind}").write_bytes(content)

    async def handle_DATA(self, _server, _session, envelope):
        # as it came, then what base64 hides
        parts = message_from_bytes(envelope.content).walk()
        decoded = [part.get_payload(decode=True) or b"" for part in parts]
        self.keep("mail", b"\n".join([envelope.content, *decoded]))
        return "250 OK"

    def _log_in(self, _server, _session, _envelope, _mechanism, login):
        self.logins.append(login.password.decode())
        return AuthResult(success=True)

    def stop(self):
        """End both servers."""
        self._mail.stop()
        self._web.shutdown()
        self._web.server_close()


def _webhook(receivers):
    class Webhook(BaseHTTPRequestHandler):
        def do_POST(self):
            receivers.keep("post", self.rfile.read(int(self.headers["Content-Length"])))
            receivers.paths.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Webhook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def _certificate():
    """Return a certificate for this machine, and its key, in PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))])
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return signed.public_bytes(pem) + key.private_bytes(pem, form, serialization.NoEncryption())
