import ArgumentParser

/// The id of a connection on the command line. One in 64 begins with `-` and looks like a flag.
struct ConnectionIDArgument: ExpressibleByArgument {
    let text: String

    init?(argument: String) {
        text = argument.hasPrefix(Self.escapedHyphen) ? "-" + argument.dropFirst(Self.escapedHyphen.count) : argument
        if text.isEmpty { return nil }
    }

    /// What no id contains and no flag begins with.
    private static let escapedHyphen = "%2D"

    /// `argument`, changed so that it is not taken for a flag where it is an id: 15 characters of base64url and `=`.
    static func escape(_ argument: String) -> String {
        let bytes = Array(argument.utf8)
        guard bytes.count == 16, bytes[0] == UInt8(ascii: "-"), bytes[15] == UInt8(ascii: "=") else { return argument }
        // `--connection-x=` could be a flag; among random letters a capital or a digit is all but certain.
        if bytes[1] == UInt8(ascii: "-"), argument.dropLast() == argument.dropLast().lowercased() { return argument }
        return escapedHyphen + argument.dropFirst()
    }
}
