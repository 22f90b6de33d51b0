import EventPattern
import JSONText

/// One row of a table of cases: a pattern, an event, and what is expected of them.
struct Case {
    /// What a pattern does with an event, or, without an event, whether it is valid.
    enum Result: String {
        case matched = "true"
        case notMatched = "false"
        case valid
        case error

        /// As it stands in JSON: `true` and `false` are booleans.
        var json: String {
            switch self {
            case .matched, .notMatched: rawValue
            case .valid, .error: "\"\(rawValue)\""
            }
        }
    }

    /// UTF-8.
    let name: [UInt8]
    let pattern: [UInt8]
    /// Nil where only the pattern is asked about.
    let event: [UInt8]?
    let expect: Result?

    /// Reads one line of a table.
    /// - Throws: ``CommandFailure`` that says what is wrong with it.
    init(line: [UInt8]) throws {
        let members: [JSONMember]
        do {
            members = try JSONReader.members(of: line)
        } catch {
            throw CommandFailure("\(error.message) (column \(error.column))")
        }
        func member(_ name: String) -> JSONMember? { members.last { $0.name.elementsEqual(name.utf8) } }
        func string(_ name: String) throws -> [UInt8]? {
            guard let member = member(name), member.kind != .null else { return nil }
            guard member.kind == .string else {
                throw CommandFailure("\"\(name)\" must be a string that holds JSON text")
            }
            return JSONReader.unescape(Array(line[member.value]))
        }
        guard let pattern = try string("pattern") else { throw CommandFailure("a case needs a \"pattern\"") }
        guard member("event") != nil else { throw CommandFailure("a case needs an \"event\", which may be null") }
        self.name = try string("name") ?? []
        self.pattern = pattern
        event = try string("event")
        expect = try member("expect").flatMap { member in
            if member.kind == .null { return nil }
            let text = String(decoding: line[member.value], as: UTF8.self)
            guard let result = [Result.matched, .notMatched, .valid, .error].first(where: { $0.json == text }) else {
                throw CommandFailure("\"expect\" must be true, false, \"valid\" or \"error\", not \(text)")
            }
            return result
        }
    }

    /// Runs the case.
    /// - Returns: the result and, for an error, its text: AWS's words on the first line, the place below.
    func run() -> (result: Result, message: String?) {
        let pattern: EventPattern
        do {
            pattern = try EventPattern(parsing: self.pattern)
        } catch {
            return (.error, error.reason)
        }
        guard let event else { return (.valid, nil) }
        do {
            return (try pattern.matches(event) ? .matched : .notMatched, nil)
        } catch {
            return (.error, "\(error.message)\n at line \(error.line), column \(error.column) of the event")
        }
    }
}
