"""A TLS server on both loopbacks with a certificate of an authority of its own: peer.py DIRECTORY NAME...

Writes `ca.pem` and `trust.p12` (password `changeit`) into DIRECTORY, prints its port, and answers every request with a
page until its standard input ends."""

import http.server
import os
import socket
import ssl
import subprocess
import sys
import threading

PAGE = b"a page behind TLS\n" + 100_000 * b"."


class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", str(len(PAGE)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    def __init__(self, family, address, context):
        self.address_family, self.context = family, context
        super().__init__(address, Answer)

    def finish_request(self, request, client_address):
        request.settimeout(20)  # the handshake too is in a thread of its own
        with self.context.wrap_socket(request, server_side=True) as secure:
            super().finish_request(secure, client_address)

    def handle_error(self, *_):
        pass


def run(*command):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)


def main(directory, names):
    os.makedirs(directory, exist_ok=True)
    os.chdir(directory)
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    run("openssl", "req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=test authority",
        "-addext", "keyUsage=critical,keyCertSign")
    run("openssl", "req", *key, "-keyout", "key.pem", "-out", "request.pem", "-subj", "/CN=test")
    with open("extensions", "w", encoding="ascii") as file:
        file.write("subjectAltName=" + ",".join(f"DNS:{name}" for name in names))
    run("openssl", "x509", "-req", "-in", "request.pem", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
        "-extfile", "extensions", "-out", "certificate.pem")
    run("keytool", "-importcert", "-noprompt", "-alias", "ca", "-file", "ca.pem", "-keystore", "trust.p12", "-storetype", "PKCS12",
        "-storepass", "changeit")
    for name in ["ca.pem", "trust.p12"]:
        os.chmod(name, 0o644)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain("certificate.pem", "key.pem")
    four = Server(socket.AF_INET, ("127.0.0.1", 0), context)
    six = Server(socket.AF_INET6, ("::1", four.server_port), context)
    for server in [four, six]:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    print(four.server_port, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
