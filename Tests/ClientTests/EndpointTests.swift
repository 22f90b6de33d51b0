import Client
import Testing

@Suite("Endpoints")
struct EndpointTests {
    @Test(
        "Host, port and path are read from a URL",
        arguments: [
            ("http://127.0.0.1:8080", "127.0.0.1", 8080, "", "127.0.0.1:8080"),
            ("http://127.0.0.1:8080/", "127.0.0.1", 8080, "", "127.0.0.1:8080"),
            ("ws://broker/dev/", "broker", 80, "/dev", "broker"),
            ("HTTP://[::1]:9000/a/b", "::1", 9000, "/a/b", "[::1]:9000"),
            ("http://[::1]", "::1", 80, "", "[::1]"),
        ])
    func valid(_ url: String, _ host: String, _ port: Int, _ path: String, _ authority: String) throws {
        let endpoint = try Endpoint(url)
        #expect(endpoint.host == host)
        #expect(endpoint.port == port)
        #expect(endpoint.path == path)
        #expect(endpoint.authority == authority)
        #expect(try Endpoint(endpoint.description) == endpoint)
    }

    @Test(
        "A URL that cannot be used says why",
        arguments: [
            ("https://broker", "TLS"), ("wss://broker", "TLS"), ("broker:8080", "begin with http://"),
            ("ftp://broker", "'ftp'"), ("http://", "no host"), ("http://:80", "no host"),
            ("http://broker:0", "'0' is not a port"), ("http://broker:x", "'x' is not a port"),
            ("http://broker:99999", "'99999' is not a port"), ("http://a:b@broker", "credentials"),
            ("http://broker/dev?x=1", "query"), ("http://broker/d e", "percent-encoded"), ("", "begin with http://"),
        ])
    func invalid(_ url: String, _ reason: String) {
        let error = #expect(throws: ClientError.self) { try Endpoint(url) }
        #expect(error?.kind == .badEndpoint)
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
        #expect(error?.message.contains("'\(url)'") == true)
    }
}

@Suite("Lines out of pieces")
struct LineSplitterTests {
    @Test("Lines are the same however the text is cut")
    func cuts() {
        let text = Array("one\r\n\ntwo\r\r\nthree \u{e9}\nlast".utf8)
        let expected = ["one", "", "two\r", "three \u{e9}", "last"]
        for width in 1...text.count {
            var splitter = LineSplitter()
            var lines: [String] = []
            for start in stride(from: 0, to: text.count, by: width) {
                splitter.append(text[start..<min(start + width, text.count)]) {
                    lines.append(String(decoding: $0, as: UTF8.self))
                }
            }
            if let rest = splitter.finish() { lines.append(String(decoding: rest, as: UTF8.self)) }
            #expect(lines == expected, "in pieces of \(width)")
        }
    }

    @Test("A text that ends with a line feed has no further line")
    func end() {
        var splitter = LineSplitter()
        splitter.append(Array("a\n".utf8)) { #expect($0 == Array("a".utf8)) }
        #expect(splitter.finish() == nil)
    }
}
