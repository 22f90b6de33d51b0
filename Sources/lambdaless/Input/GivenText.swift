import EventPattern

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// An argument that is JSON itself, or says where JSON is.
enum GivenText {
    /// The text of an event: JSON itself, a file, or `-` for stdin.
    /// - Throws: ``CommandFailure``.
    static func event(_ argument: String) throws -> [UInt8] {
        if let text = inline(argument) { return text }
        guard argument == "-" || isFile(argument) else {
            throw CommandFailure("'\(argument)' is neither JSON (which begins with {) nor a file")
        }
        return try InputFile(path: argument).readAll()
    }

    /// A pattern: JSON itself, a file, `-` for stdin, or a name in the pattern library.
    /// - Throws: ``CommandFailure``, also where the pattern is not valid.
    static func pattern(_ argument: String) throws -> EventPattern {
        let text: [UInt8]
        if let given = inline(argument) {
            text = given
        } else if argument == "-" || isFile(argument) {
            text = try InputFile(path: argument).readAll()
        } else {
            text = try InputFile(path: PatternLibrary.path(of: argument)).readAll()
        }
        do {
            return try EventPattern(parsing: text)
        } catch {
            throw CommandFailure("\(error)")
        }
    }

    /// The text of a pattern that may be left out for all events.
    /// - Throws: ``CommandFailure``.
    static func patternOrAll(_ argument: String?) throws -> String {
        // Every event has an id.
        try argument.map { try pattern($0).text } ?? #"{"id":[{"exists":true}]}"#
    }

    private static func inline(_ argument: String) -> [UInt8]? {
        let first = argument.utf8.first { $0 != 0x20 && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D }
        return first == UInt8(ascii: "{") || first == UInt8(ascii: "[") || first == UInt8(ascii: "\"")
            ? Array(argument.utf8) : nil
    }

    static func isFile(_ path: String) -> Bool {
        var status = stat()
        return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFDIR
    }
}
