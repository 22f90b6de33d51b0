import ArgumentParser

/// A setting of the broker that comes from the command line, from the environment, or else has a default, in this order.
///
/// The variable of `--event-loops` is `LAMBDALESS_EVENT_LOOPS`, and so on for every flag.
struct Setting {
    let flag: String
    let environment: [String: String]

    /// `--event-loops` → `LAMBDALESS_EVENT_LOOPS`
    var variable: String {
        "LAMBDALESS_" + flag.uppercased().map { $0 == "-" ? "_" : String($0) }.joined()
    }

    private var text: String? {
        environment[variable].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The value given, or that of the variable; nil where neither is there.
    func value<Value: ExpressibleByArgument>(_ given: Value?) throws -> Value? {
        if let given { return given }
        guard let text else { return nil }
        guard let value = Value(argument: text) else { throw fault(text, expected: Self.expectation(Value.self)) }
        return value
    }

    private static func expectation<Value: ExpressibleByArgument>(_ type: Value.Type) -> String {
        switch type {
        case is Int.Type: "a whole number"
        case let quantity as any Quantity.Type: quantity.expectation
        default: "one of " + type.allValueStrings.joined(separator: ", ")
        }
    }

    /// The number given, or that of the variable, if it lies in `range`.
    func number(_ given: Int?, in range: ClosedRange<Int>) throws -> Int? {
        guard let number = try value(given) else { return nil }
        guard range.contains(number) else {
            throw ValidationError(
                "--\(flag) takes a number from \(range.lowerBound) to \(range.upperBound), not \(number)")
        }
        return number
    }

    /// The list given, or that of the variable, whose items are separated by commas; nil where neither is there.
    func list(_ given: [String]) -> [String]? {
        if !given.isEmpty { return given }
        return text?.split(separator: ",").map { $0.filter { !$0.isWhitespace } }
    }

    /// Whether the flag is there, or the variable says `true`, `yes`, `on` or `1`.
    func isOn(_ given: Bool) throws -> Bool {
        guard !given, let text else { return given }
        switch text.lowercased() {
        case "true", "yes", "on", "1": return true
        case "false", "no", "off", "0": return false
        default: throw fault(text, expected: "true or false")
        }
    }

    private func fault(_ text: String, expected: String) -> ValidationError {
        ValidationError("\(variable) is '\(text)', but --\(flag) takes \(expected)")
    }
}
