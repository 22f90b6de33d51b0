import ArgumentParser

/// What a named session may be called.
enum SessionName {
    /// - Throws: `ValidationError` for what no session is called.
    static func check(_ name: String) throws {
        let isName = name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) }
        guard isName, (1...128).contains(name.utf8.count) else {
            throw ValidationError("a session's name has 1 to 128 letters, digits, '.', '_' and '-'")
        }
    }
}
