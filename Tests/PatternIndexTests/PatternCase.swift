import Foundation
import JSONText

/// One case of a table: a pattern, an event, and what comes out. One JSON object a line.
struct PatternCase: CustomStringConvertible {
    enum Expectation: Equatable {
        case matches(Bool)
        case valid
        case error
    }

    let name: String
    let pattern: [UInt8]
    /// Nil when only the validity of the pattern is asked.
    let event: [UInt8]?
    let expectation: Expectation
    let message: String?
    let firstLine: String?
    /// Where an error comes from: `pattern` or `event`.
    let source: String?
    /// Whether the error carries no place.
    let isWithoutPlace: Bool

    var description: String {
        "\(name): \(String(decoding: pattern, as: UTF8.self)) on \(event.map { String(decoding: $0, as: UTF8.self) } ?? "-")"
    }

    init(line: [UInt8]) throws {
        var members: [String: (kind: JSONKind, text: [UInt8])] = [:]
        for member in try JSONReader.members(of: line) {
            members[String(decoding: member.name, as: UTF8.self)] = (member.kind, Array(line[member.value]))
        }
        func string(_ name: String) -> [UInt8]? {
            guard let member = members[name], member.kind == .string else { return nil }
            return JSONReader.unescape(member.text)
        }
        func text(_ name: String) -> String? { string(name).map { String(decoding: $0, as: UTF8.self) } }
        guard let name = text("name"), let pattern = string("pattern"), let expect = members["expect"] else {
            throw CaseFault(line: String(decoding: line, as: UTF8.self))
        }
        self.name = name
        self.pattern = pattern
        event = string("event")
        message = text("message")
        firstLine = text("message_first_line")
        source = text("where")
        isWithoutPlace = text("exception") == "IllegalArgumentException"
        // Where Ruler itself is known to be wrong, a recorded case says so and carries the right answer.
        if let right = members["ref"] {
            expectation = .matches(right.kind == .true)
        } else {
            switch (expect.kind, text("expect")) {
            case (.true, _): expectation = .matches(true)
            case (.false, _): expectation = .matches(false)
            case (_, "valid"): expectation = .valid
            case (_, "error"): expectation = .error
            default: throw CaseFault(line: String(decoding: line, as: UTF8.self))
            }
        }
    }

    /// The cases of a file, plain or with gzip.
    static func read(_ path: String) throws -> [PatternCase] {
        let bytes: [UInt8]
        if path.hasSuffix(".gz") {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = ["gzip", "-dc", path]
            let output = Pipe()
            process.standardOutput = output
            try process.run()
            bytes = Array(try output.fileHandleForReading.readToEnd() ?? Data())
            process.waitUntilExit()
        } else {
            bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
        }
        return try bytes.split(separator: UInt8(ascii: "\n")).map { try PatternCase(line: Array($0)) }
    }
}

struct CaseFault: Error {
    let line: String
}
