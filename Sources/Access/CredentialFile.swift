/// AWS's shared credentials file, read into credentials.
struct CredentialFile {
    /// In the order of the file, each with the line of its heading.
    private(set) var credentials: [(line: Int, credential: Credential)] = []

    private struct Profile {
        let name: String
        let line: Int
        var settings: [String: String] = [:]
    }

    private var profiles: [Profile] = []

    init(_ text: String) throws(CredentialError) {
        // A nested block (`s3 =` and indented lines below it) belongs to no setting that matters here.
        var inNestedBlock = false
        var line = 0
        for content in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            line += 1
            let trimmed = content.drop { $0 == "\u{FEFF}" || $0.isWhitespace }
            guard let first = trimmed.first, first != "#", first != ";" else { continue }
            let isIndented = content.first?.isWhitespace == true
            if isIndented && inNestedBlock { continue }
            inNestedBlock = false
            if first == "[" {
                try beginProfile(trimmed, line: line)
            } else {
                inNestedBlock = try addSetting(trimmed, line: line)
            }
        }
        for profile in profiles {
            if let credential = try Self.credential(of: profile) { credentials.append((profile.line, credential)) }
        }
    }

    private mutating func beginProfile(_ text: Substring, line: Int) throws(CredentialError) {
        guard let end = text.firstIndex(of: "]") else {
            throw CredentialError(line: line, message: "a profile's heading ends with ], as in [default]")
        }
        var words = text[..<end].dropFirst().split(whereSeparator: \.isWhitespace)
        // The form of AWS's configuration file, which some keep their keys in.
        if words.count > 1, words[0] == "profile" { words.removeFirst() }
        let name = words.joined(separator: " ")
        guard !name.isEmpty else {
            throw CredentialError(line: line, message: "a profile needs a name, as in [default]")
        }
        if let earlier = profiles.first(where: { $0.name == name }) {
            throw CredentialError(line: line, message: "profile \(name) is there already, in line \(earlier.line)")
        }
        profiles.append(Profile(name: name, line: line))
    }

    /// Takes `name = value`; true where the value is empty, so that a nested block may follow.
    private mutating func addSetting(_ text: Substring, line: Int) throws(CredentialError) -> Bool {
        guard let equals = text.firstIndex(of: "=") else {
            throw CredentialError(line: line, message: "expected [profile], name = value, or # and a comment")
        }
        guard !profiles.isEmpty else {
            throw CredentialError(line: line, message: "a setting needs a heading above it, as in [default]")
        }
        let name = text[..<equals].trimmedOfWhitespace.lowercased()
        let value = text[text.index(after: equals)...].trimmedOfWhitespace
        guard !name.isEmpty else { throw CredentialError(line: line, message: "there is no name before the =") }
        let profile = profiles.count - 1
        if profiles[profile].settings[name] != nil {
            throw CredentialError(
                line: line, message: "\(name) is set twice in profile \(profiles[profile].name); keep one of them")
        }
        profiles[profile].settings[name] = value
        return value.isEmpty
    }

    private static func credential(of profile: Profile) throws(CredentialError) -> Credential? {
        func value(_ name: String) -> String? { profile.settings[name].flatMap { $0.isEmpty ? nil : $0 } }
        let (key, secret) = (value("aws_access_key_id"), value("aws_secret_access_key"))
        // A profile that only names a region or a role signs nothing.
        if key == nil, secret == nil { return nil }
        guard let key, let secret else {
            let missing = key == nil ? "aws_access_key_id" : "aws_secret_access_key"
            throw CredentialError(line: profile.line, message: "profile \(profile.name) has no \(missing)")
        }
        return Credential(
            accessKeyID: key, secretAccessKey: secret, sessionToken: value("aws_session_token"), profile: profile.name)
    }
}

extension Substring {
    fileprivate var trimmedOfWhitespace: String {
        String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
}
