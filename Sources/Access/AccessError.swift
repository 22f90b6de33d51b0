/// Why a request was refused, in AWS's names and words, so that AWS's tools show what they always show.
package struct AccessError: Error, Hashable, Sendable {
    /// AWS's exception name: `x-amzn-ErrorType` of the answer, and `__type` of an AWS JSON one.
    package let type: Kind
    /// The `message` of the answer's body.
    package let message: String
    /// Whether the signature is another than it should be, which may lie in the body; the other faults lie in the head.
    package private(set) var isMismatch = false

    package init(type: Kind, message: String) {
        self.type = type
        self.message = message
    }

    /// The exceptions of a refused signature.
    package enum Kind: String, Sendable {
        case missingAuthenticationToken = "MissingAuthenticationTokenException"
        case incompleteSignature = "IncompleteSignatureException"
        case unrecognizedClient = "UnrecognizedClientException"
        case invalidSignature = "InvalidSignatureException"
    }

    /// The HTTP status of the answer: API Gateway's 403, or the 400 of the AWS JSON services.
    package func status(at service: SigningService) -> Int {
        service == .executeAPI ? 403 : 400
    }
}

extension AccessError {
    static let missing = AccessError(type: .missingAuthenticationToken, message: "Missing Authentication Token")

    /// Also said of a wrong session token: who asks learns nothing about which keys exist.
    static let unknownKey = AccessError(
        type: .unrecognizedClient, message: "The security token included in the request is invalid.")

    static func incomplete(_ message: String) -> AccessError {
        AccessError(type: .incompleteSignature, message: message)
    }

    static func invalid(_ message: String) -> AccessError {
        AccessError(type: .invalidSignature, message: message)
    }

    /// - Parameter because: what is known beyond AWS's sentence; it follows after an empty line.
    static func mismatch(because reason: String? = nil) -> AccessError {
        let sentence =
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
            + "Access Key and signing method. Consult the service documentation for details."
        var error = AccessError.invalid(reason.map { sentence + "\n\n" + $0 } ?? sentence)
        error.isMismatch = true
        return error
    }
}
