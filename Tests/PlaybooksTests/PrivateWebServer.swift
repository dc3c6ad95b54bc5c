import Foundation
import TestSupport

/// Python's web server behind TLS, with certificates of an authority made for it: a good one, and ones that must be refused.
final class PrivateWebServer {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("web-\(UUID().uuidString)").path
    /// By the certificate that is shown there; `plain` has none.
    private(set) var ports: [String: Int] = [:]
    private let server: Command

    static let isPossible = ["python3", "openssl", "curl"].allSatisfy { program in
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
            FileManager.default.isExecutableFile(atPath: "\($0)/\(program)")
        }
    }

    init() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Self.certificates.write(toFile: folder + "/make.sh", atomically: true, encoding: .utf8)
        try Self.program.write(toFile: folder + "/server.py", atomically: true, encoding: .utf8)
        let made = try Command("sh", folder + "/make.sh", folder)
        guard try made.finish() == 0 else { throw Command.Silence(description: made.output) }
        server = try Command("python3", "-u", folder + "/server.py", folder)
        for pair in try server.wait(for: "ready").split(separator: " ").dropFirst() {
            let parts = pair.split(separator: "=")
            ports[String(parts[0])] = Int(parts[1])
        }
    }

    deinit {
        server.signal(SIGKILL)
        _ = try? server.finish()
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// What came in: the line of the request, the headers, an empty line, the body.
    var requests: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { $0.hasPrefix("request-") }.sorted().compactMap {
            try? String(contentsOfFile: "\(folder)/\($0)", encoding: .utf8)
        }
    }

    private static let certificates = """
        set -e
        cd "$1"
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -keyout ca.key -out ca.crt -subj "/CN=Authority" 2>/dev/null
        certificate() { # NAME HOST FROM UNTIL
            openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -out "$1.csr" -subj "/CN=$2" 2>/dev/null
            printf 'subjectAltName=DNS:%s\\n' "$2" >"$1.ext"
            touch index.txt
            openssl ca -batch -config /dev/stdin -in "$1.csr" -out "$1.crt" -startdate "$3" -enddate "$4" -extfile "$1.ext" 2>/dev/null <<T
        [ca]
        default_ca = own
        [own]
        database = index.txt
        new_certs_dir = .
        certificate = ca.crt
        private_key = ca.key
        rand_serial = yes
        default_md = sha256
        policy = any
        unique_subject = no
        [any]
        commonName = supplied
        T
        }
        certificate good localhost 20200101000000Z 20491231000000Z
        certificate expired localhost 20200101000000Z 20210101000000Z
        certificate other other.example 20200101000000Z 20491231000000Z
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -keyout own.key -out own.crt -subj "/CN=localhost" \
            -addext "subjectAltName=DNS:localhost" 2>/dev/null
        """

    private static let program = """
        import http.server, itertools, json, ssl, sys, threading, time
        folder = sys.argv[1]
        count = itertools.count()
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def answer(self, code, body, kind="application/json", **headers):
                self.send_response(code)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                for name, value in headers.items(): self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)
            def handle_any(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                text = self.requestline + "\\n" + "\\n".join(f"{k}: {v}" for k, v in self.headers.items()) + "\\n\\n" + body
                with open(f"{folder}/request-{next(count):03}", "w") as file: file.write(text)
                path = self.path
                if path == "/object" and self.command == "GET": self.answer(200, json.dumps({"o": 7}).encode())
                elif path == "/object": self.answer(200, self.command.encode())
                elif path == "/empty": self.send_response(204); self.end_headers()
                elif path == "/redirect": self.answer(302, b"", Location="/object")
                elif path == "/echo": self.answer(200, text.encode(), "text/plain")
                elif path == "/openc2": self.answer(200, json.dumps({"status": 200}).encode(), "application/openc2+json;version=1.0")
                elif path == "/large": self.answer(200, b"x" * 900000, "text/plain")
                elif path == "/long": self.answer(200, b"x" * 5000000, "text/plain")
                elif path == "/chunked":
                    self.send_response(200); self.send_header("Transfer-Encoding", "chunked"); self.end_headers()
                    while True: self.wfile.write(b"10000\\r\\n" + b"x" * 65536 + b"\\r\\n")
                elif path == "/slow":
                    self.send_response(200); self.send_header("Content-Length", "1000"); self.end_headers()
                    for _ in range(1000): self.wfile.write(b"x"); self.wfile.flush(); time.sleep(0.2)
                elif path == "/broken": self.answer(500, b"broken")
                else: self.answer(404, b"missing")
            do_GET = do_POST = do_PUT = do_DELETE = handle_any
            def log_message(self, *words): pass
        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, request, address): pass
        ports = []
        for name in ["good", "expired", "other", "own", "plain"]:
            server = Server(("127.0.0.1", 0), Handler)
            if name != "plain":
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(f"{folder}/{name}.crt", f"{folder}/{name}.key")
                server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
            ports.append(f"{name}={server.server_address[1]}")
            threading.Thread(target=server.serve_forever, daemon=True).start()
        print("ready", *ports)
        threading.Event().wait()
        """
}
