internal import COpenSSL

/// SHA-1 (FIPS 180-4), which the opening handshake of WebSocket needs. It protects nothing there, and must nowhere else.
package enum SHA1 {
    /// The length of a digest, in bytes.
    package static let byteCount = 20

    /// The digest of `bytes`.
    package static func hash(_ bytes: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: byteCount)
        let done = unsafe EVP_Digest(bytes, bytes.count, &digest, nil, Algorithm.shared.sha1, nil)
        precondition(done == 1, "libcrypto could not compute a SHA-1 digest (out of memory?)")
        return digest
    }

    /// The algorithm, looked up once per process.
    ///
    /// Invariant that makes `@unchecked Sendable` sound: the pointer is set once, never freed and never written through;
    /// libcrypto counts references to it atomically.
    @safe private struct Algorithm: @unchecked Sendable {
        static let shared = Algorithm()

        let sha1: OpaquePointer

        private init() {
            guard let sha1 = unsafe EVP_MD_fetch(nil, "SHA1", nil) else {
                fatalError("libcrypto offers no SHA-1: check the providers that openssl.cnf activates")
            }
            unsafe self.sha1 = sha1
        }
    }
}
