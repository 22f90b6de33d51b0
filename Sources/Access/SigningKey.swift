internal import Synchronization

/// The key that a signature is made with: derived from the secret for one day, region and service, so that the secret
/// itself signs nothing.
struct SigningKey: Sendable {
    private let bytes: [UInt8]

    /// Costs four HMACs.
    init(secret: String, day: some StringProtocol, region: String, service: String) {
        bytes = [String(day), region, service, SignatureClaim.terminator]
            .reduce(Array("AWS4\(secret)".utf8)) { key, part in
                SHA256.authenticationCode(Array(part.utf8), key: key)
            }
    }

    /// The signature in lower-case hexadecimal.
    func sign(_ text: String) -> String {
        SHA256.hexadecimal(SHA256.authenticationCode(Array(text.utf8), key: bytes))
    }
}

/// Signing keys that have verified a request already. Keys of signatures that fail are not kept, so a stranger cannot
/// fill it.
final class SigningKeyCache: Sendable {
    private struct Name: Hashable {
        let accessKeyID: String
        let scope: String
    }

    /// Holds a day's keys of a broker with many credentials; a full cache starts anew.
    private static let keysMax = 1024
    private let keys = Mutex<[Name: SigningKey]>([:])

    func key(of credential: SignatureClaim.Credential) -> SigningKey? {
        keys.withLock { $0[Name(accessKeyID: credential.accessKeyID, scope: credential.scope)] }
    }

    func keep(_ key: SigningKey, of credential: SignatureClaim.Credential) {
        keys.withLock { keys in
            if keys.count >= Self.keysMax { keys.removeAll() }
            keys[Name(accessKeyID: credential.accessKeyID, scope: credential.scope)] = key
        }
    }
}
