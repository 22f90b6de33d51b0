import Access
import Foundation
import Testing

/// A request as a real client sent it (`Tests/Requests/recorded.jsonl`), with the example credentials that AWS's own
/// documentation uses. User-Agent values are shortened; nothing signs them.
struct RecordedRequest: Decodable, CustomTestStringConvertible, Sendable {
    let client: String
    let method: String
    let target: String
    let headers: [[String]]
    let body: String?
    let bodyBase64: String?

    var testDescription: String { "\(client): \(method) \(target)" }

    var bytes: [UInt8] {
        if let bodyBase64 { return Array(Data(base64Encoded: bodyBase64)!) }
        return Array((body ?? "").utf8)
    }

    var signable: SignableRequest {
        SignableRequest(method: method, target: target, headers: headers.map { ($0[0], $0[1]) })
    }

    var authorization: String? { headers.first { $0[0] == "Authorization" }?[1] }
    var isSigned: Bool { authorization?.hasPrefix("AWS4") == true }
    var hasSessionToken: Bool { headers.contains { $0[0] == "X-Amz-Security-Token" } }
    var service: SigningService { authorization!.contains("/execute-api/") ? .executeAPI : .events }

    /// The lower-case names of the headers that the signature covers.
    var signedHeaders: Set<String> {
        let list = authorization!.split(separator: "SignedHeaders=")[1].prefix { $0 != "," }
        return Set(list.split(separator: ";").map(String.init))
    }

    static let all: [RecordedRequest] = {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        return try! Data(contentsOf: tests.appending(path: "Requests/recorded.jsonl")).split(
            separator: UInt8(ascii: "\n")
        ).map {
            try! JSONDecoder().decode(RecordedRequest.self, from: $0)
        }
    }()

    static let signed = all.filter(\.isSigned)
    static let unsigned = all.filter { !$0.isSigned }
}

enum Example {
    static let key = "AKIDEXAMPLE"
    static let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
    /// 2026-11-20T22:58:35Z, in the middle of the recording.
    static let recordedAt: Int64 = 1_795_215_515
    /// 2015-08-30T12:36:00Z, the time of AWS's published examples.
    static let publishedAt: Int64 = 1_440_938_160

    static func verifier(token: String? = nil, region: String? = nil) -> SignatureVerifier {
        let token = token.map { "aws_session_token = \($0)\n" } ?? ""
        let store = try! CredentialStore(
            file: "[example]\naws_access_key_id = \(key)\naws_secret_access_key = \(secret)\n\(token)")
        return SignatureVerifier(credentials: store, region: region)
    }

    static func signer(token: String? = nil, secret: String = secret) -> RequestSigner {
        RequestSigner(
            credential: Credential(accessKeyID: key, secretAccessKey: secret, sessionToken: token), region: "us-east-1")
    }
}

/// The error that `body` throws; nil where it throws none.
func refusal(_ body: () throws(AccessError) -> Principal) -> AccessError? {
    do throws(AccessError) {
        _ = try body()
        return nil
    } catch {
        return error
    }
}
