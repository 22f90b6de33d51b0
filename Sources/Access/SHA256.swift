internal import COpenSSL

/// SHA-256 and its HMAC (FIPS 180-4, RFC 2104), computed by OpenSSL's libcrypto.
///
/// The algorithms are looked up once per process; a call afterwards takes no lock.
package enum SHA256 {
    /// The length of a digest and of an authentication code, in bytes.
    package static let byteCount = 32

    /// The digest of `bytes`.
    package static func hash(_ bytes: [UInt8]) -> [UInt8] {
        Libcrypto.shared.hash(bytes)
    }

    /// The digest of `bytes` in lower-case hexadecimal, as Signature Version 4 writes it.
    package static func hexadecimalHash(_ bytes: [UInt8]) -> String {
        hexadecimal(hash(bytes))
    }

    /// HMAC-SHA-256 of `message` under `key`.
    package static func authenticationCode(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
        Libcrypto.shared.authenticationCode(message, key: key)
    }

    /// Whether two byte strings are equal; the time taken depends on their lengths alone, not on where they differ.
    static func constantTimeEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        guard a.count == b.count else { return false }
        return unsafe a.withUnsafeBytes { a in
            unsafe b.withUnsafeBytes { b in
                guard let left = a.baseAddress, let right = b.baseAddress else { return true }
                return unsafe CRYPTO_memcmp(left, right, a.count) == 0
            }
        }
    }

    static func hexadecimal(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count * 2)
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    static func base64(_ bytes: [UInt8]) -> String {
        var text = [UInt8](repeating: 0, count: (bytes.count + 2) / 3 * 4 + 1)
        let length = unsafe EVP_EncodeBlock(&text, bytes, CInt(bytes.count))
        return String(decoding: text.prefix(Int(length)), as: UTF8.self)
    }
}

/// The algorithms that this target takes from libcrypto.
///
/// Invariant that makes `@unchecked Sendable` sound: both pointers are set once, in `init`, never freed and never
/// written through. libcrypto counts references to an `EVP_MD` atomically, and `keyless` is only ever the source of
/// `EVP_MAC_CTX_dup`, which reads it.
@safe private struct Libcrypto: @unchecked Sendable {
    static let shared = Libcrypto()

    private let sha256: OpaquePointer
    /// An HMAC context that knows its digest and lacks only a key.
    private let keyless: OpaquePointer

    private init() {
        guard
            let sha256 = unsafe EVP_MD_fetch(nil, "SHA256", nil),
            let hmac = unsafe EVP_MAC_fetch(nil, "HMAC", nil),
            let context = unsafe EVP_MAC_CTX_new(hmac)
        else {
            fatalError("libcrypto offers no SHA-256 or no HMAC: check the providers that openssl.cnf activates")
        }
        var digest = Array("SHA256".utf8CString)
        let accepted = unsafe digest.withUnsafeMutableBufferPointer { digest in
            let parameters = unsafe [
                OSSL_PARAM_construct_utf8_string("digest", digest.baseAddress, 0), OSSL_PARAM_construct_end(),
            ]
            return unsafe EVP_MAC_CTX_set_params(context, parameters)
        }
        precondition(accepted == 1, "libcrypto refuses HMAC with SHA-256")
        unsafe self.sha256 = sha256
        unsafe self.keyless = context
    }

    func hash(_ bytes: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: SHA256.byteCount)
        let done = unsafe EVP_Digest(bytes, bytes.count, &digest, nil, sha256, nil)
        precondition(done == 1, "libcrypto could not compute a SHA-256 digest (out of memory?)")
        return digest
    }

    func authenticationCode(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
        guard let context = unsafe EVP_MAC_CTX_dup(keyless) else {
            fatalError("libcrypto could not copy an HMAC context (out of memory?)")
        }
        defer { unsafe EVP_MAC_CTX_free(context) }
        var code = [UInt8](repeating: 0, count: SHA256.byteCount)
        var length = 0
        let begun = unsafe EVP_MAC_init(context, key, key.count, nil)
        let taken = unsafe EVP_MAC_update(context, message, message.count)
        let done = unsafe EVP_MAC_final(context, &code, &length, code.count)
        precondition(
            begun == 1 && taken == 1 && done == 1 && length == SHA256.byteCount,
            "libcrypto could not compute an HMAC (out of memory?)")
        return code
    }
}
