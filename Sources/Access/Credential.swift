/// An access key: who may sign, and with what.
package struct Credential: Hashable, Sendable {
    package let accessKeyID: String
    package let secretAccessKey: String
    /// With temporary credentials, the token that must come with each request; nil when none may.
    package let sessionToken: String?
    /// The profile of the credentials file that this comes from, `environment` or `default`: a name for logs.
    package let profile: String

    package init(accessKeyID: String, secretAccessKey: String, sessionToken: String? = nil, profile: String = "default")
    {
        self.accessKeyID = accessKeyID
        self.secretAccessKey = secretAccessKey
        self.sessionToken = sessionToken
        self.profile = profile
    }
}

extension Credential: CustomStringConvertible, CustomDebugStringConvertible {
    /// Names the key and never its secret: credentials end up in logs by accident.
    package var description: String { "\(accessKeyID) (profile \(profile))" }
    package var debugDescription: String { description }
}

/// Who a verified request comes from.
package struct Principal: Hashable, Sendable {
    package let accessKeyID: String
    package let profile: String
    /// The region that the client signed for.
    package let region: String

    package init(accessKeyID: String, profile: String, region: String) {
        self.accessKeyID = accessKeyID
        self.profile = profile
        self.region = region
    }
}
