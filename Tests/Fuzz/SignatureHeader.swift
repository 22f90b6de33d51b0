import Access

/// Signatures as an attacker would write them. The input is a request: the first line is the target, each further line
/// a header field `name: value` up to an empty one, and the rest is the body. `host` is there in any case.
///
/// Nothing but a request that our own signer made may be accepted, and nothing may trap.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzSignatureHeader(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let lines = Array(UnsafeBufferPointer(start: start, count: count))
        .split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        .map { String(decoding: $0, as: UTF8.self) }
    var request = SignableRequest(method: "POST", target: lines.first ?? "", headers: [("Host", "127.0.0.1:8080")])
    let head = lines.dropFirst().prefix { !$0.isEmpty }
    for line in head {
        let name = line.prefix { $0 != ":" }
        request.headers.append((String(name), String(line[name.endIndex...].dropFirst())))
    }
    let body = Array(lines.dropFirst(head.count + 2).joined(separator: "\n").utf8)

    for service in [SigningService.events, .executeAPI] {
        for payload in [PayloadHash.bytes(body), .unsigned] {
            if let principal = try? verifier.verify(request, payload: payload, service: service, now: 1_795_215_515) {
                fatalError("accepted as \(principal)")
            }
        }
        // What our signer signs, our verifier accepts, whatever the target and the other fields are.
        let names: Set<String> = [
            "authorization", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256", "date",
        ]
        var signed = request
        signed.headers.removeAll { names.contains($0.name.lowercased()) }
        // A name that cannot be in a list of names is no header name (RFC 9110 §5.1); HTTP parsers refuse it.
        signed.headers.removeAll { field in
            field.name.isEmpty || !field.name.utf8.allSatisfy { $0 > 32 && $0 < 127 && !",;=".utf8.contains($0) }
        }
        if signed.headers.count > 50 { continue }
        signed.headers += signer.sign(signed, payload: .bytes(body), service: service, now: 1_795_215_515)
        do {
            _ = try verifier.verify(signed, payload: .bytes(body), service: service, now: 1_795_215_515)
        } catch {
            fatalError("refused what was signed: \(error)")
        }
    }
    return 0
}

private let credential = Credential(accessKeyID: "AKIDEXAMPLE", secretAccessKey: "a secret that no input holds")
private let signer = RequestSigner(credential: credential, region: "us-east-1")
private let verifier = SignatureVerifier(
    credentials: try! CredentialStore(
        file: "[a]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = a secret that no input holds\n"))
