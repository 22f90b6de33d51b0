/// The credentials that a broker accepts, by access key id.
package struct CredentialStore: Sendable {
    private var credentials: [String: Credential] = [:]

    /// A store that knows nobody.
    package init() {}

    /// Whether it knows nobody: then nothing is verified, and only loopback may be served.
    package var isEmpty: Bool { credentials.isEmpty }

    /// The profiles that it holds, sorted.
    package var profiles: [String] { credentials.values.map(\.profile).sorted() }

    package subscript(accessKeyID: String) -> Credential? { credentials[accessKeyID] }

    /// The credential of `LAMBDALESS_ACCESS_KEY_ID`, `LAMBDALESS_SECRET_ACCESS_KEY` and, if set,
    /// `LAMBDALESS_SESSION_TOKEN`; an empty store where none of them is set.
    /// - Throws: ``CredentialError`` where only a part of them is set.
    package init(environment: [String: String]) throws(CredentialError) {
        if let credential = try Credential(environment: environment, prefix: "LAMBDALESS") {
            try insert(credential, line: nil)
        }
    }

    /// The credentials of a file in the form of AWS's shared credentials file: `[profile]` headings, each with
    /// `aws_access_key_id`, `aws_secret_access_key` and, for temporary credentials, `aws_session_token`. Other settings
    /// are passed over.
    /// - Throws: ``CredentialError`` with the line of the fault; the text of a line is never repeated.
    package init(file text: String) throws(CredentialError) {
        for (line, credential) in try CredentialFile(text).credentials { try insert(credential, line: line) }
    }

    /// Adds all credentials of `other`.
    /// - Throws: ``CredentialError`` where both know an access key id.
    package mutating func merge(_ other: CredentialStore) throws(CredentialError) {
        for credential in other.credentials.values { try insert(credential, line: nil) }
    }

    private mutating func insert(_ credential: Credential, line: Int?) throws(CredentialError) {
        if let known = credentials[credential.accessKeyID] {
            throw CredentialError(
                line: line,
                message: "profiles \(known.profile) and \(credential.profile) have the same access key id, "
                    + "\(credential.accessKeyID); keep one of them")
        }
        credentials[credential.accessKeyID] = credential
    }
}

/// Credentials that cannot be used as they are given.
package struct CredentialError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The line of the credentials file, from 1; nil for the environment.
    package let line: Int?
    package let message: String

    package var description: String { line.map { "line \($0): \(message)" } ?? message }
}

extension Credential {
    /// The credential of `PREFIX_ACCESS_KEY_ID`, `PREFIX_SECRET_ACCESS_KEY` and `PREFIX_SESSION_TOKEN`; nil where none
    /// of them is set. A variable that is empty counts as not set.
    /// - Throws: ``CredentialError`` that names the variable that is missing.
    package init?(environment: [String: String], prefix: String) throws(CredentialError) {
        func value(_ name: String) -> String? {
            environment["\(prefix)_\(name)"].flatMap { $0.isEmpty ? nil : $0 }
        }
        let (key, secret, token) = (value("ACCESS_KEY_ID"), value("SECRET_ACCESS_KEY"), value("SESSION_TOKEN"))
        if key == nil, secret == nil, token == nil { return nil }
        guard let key, let secret else {
            let missing = key == nil ? "ACCESS_KEY_ID" : "SECRET_ACCESS_KEY"
            throw CredentialError(
                line: nil,
                message: "\(prefix)_\(missing) is not set, although another \(prefix)_… variable of the credentials is")
        }
        self.init(accessKeyID: key, secretAccessKey: secret, sessionToken: token, profile: "environment")
    }
}
