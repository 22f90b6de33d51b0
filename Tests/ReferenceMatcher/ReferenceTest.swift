internal import JSONText

/// One alternative of a field.
enum ReferenceTest {
    case string(([UInt8]) -> Bool)
    case number((ReferenceNumber) -> Bool)
    /// A number by its spelling.
    case spelling(String)
    case word(String)
    case present
    case absent
    indirect case not(ReferenceTest)

    func accepts(_ value: ReferenceValue) -> Bool {
        switch (self, value.content) {
        case (.not(let test), _): !test.accepts(value)
        case (.string(let test), .string(let text)): test(text)
        case (.number(let test), .number(_, let number)): number.map(test) ?? false
        case (.spelling(let spelling), .number(let text, _)): spelling == text
        case (.word(let word), .word(let text)): word == text
        case (.present, _): true
        default: false
        }
    }

    /// The tests of one element of a field's array; one of them is enough.
    static func read(_ kind: JSONKind, _ text: [UInt8]) throws(JSONSyntaxError) -> [ReferenceTest] {
        switch kind {
        case .object:
            guard let member = try JSONReader.members(of: text).first else { return [] }
            return [
                try readOperator(String(decoding: member.name, as: UTF8.self), member.kind, Array(text[member.value]))
            ]
        case .string:
            let string = JSONReader.unescape(text)
            if let address = ReferenceAddress(string) { return [.string { ReferenceAddress($0) == address }] }
            return [.string { $0 == string }]
        case .number:
            let spelling = String(decoding: text, as: UTF8.self)
            guard let number = ReferenceNumber(spelling) else { return [.spelling(spelling)] }
            return [.spelling(spelling), .number { $0 == number }]
        case .true, .false, .null: return [.word(String(decoding: text, as: UTF8.self))]
        case .array: return []
        }
    }

    private static func readOperator(
        _ name: String, _ kind: JSONKind, _ operand: [UInt8]
    ) throws(JSONSyntaxError) -> ReferenceTest {
        switch name {
        case "exists": return kind == .true ? .present : .absent
        case "exactly":
            let string = JSONReader.unescape(operand)
            return .string { $0 == string }
        case "numeric": return try readNumeric(operand)
        case "cidr":
            let block = ReferenceBlock(JSONReader.unescape(operand))
            return .string { text in ReferenceAddress(text).map { block?.contains($0) ?? false } ?? false }
        case "anything-but":
            if kind == .object {
                guard let member = try JSONReader.members(of: operand).first else { return .present }
                let tests = try list(member.kind, Array(operand[member.value])).map { value in
                    textTest(String(decoding: member.name, as: UTF8.self), JSONReader.unescape(value))
                }
                return .not(.string { text in tests.contains { $0(text) } })
            }
            let values = try list(kind, operand)
            if values.first?.first == UInt8(ascii: "\"") {
                let strings = values.map { JSONReader.unescape($0) }
                return .not(.string { strings.contains($0) })
            }
            let numbers = values.compactMap { ReferenceNumber(String(decoding: $0, as: UTF8.self)) }
            return .not(.number { numbers.contains($0) })
        default:
            if kind == .object, let member = try JSONReader.members(of: operand).first {
                return .string(textTest("\(name)-ignore-case", JSONReader.unescape(Array(operand[member.value]))))
            }
            return .string(textTest(name, JSONReader.unescape(operand)))
        }
    }

    /// A single value or the elements of a list.
    private static func list(_ kind: JSONKind, _ text: [UInt8]) throws(JSONSyntaxError) -> [[UInt8]] {
        guard kind == .array else { return [text] }
        return try JSONReader.elements(of: text).map { Array(text[$0.value]) }
    }

    private static func readNumeric(_ array: [UInt8]) throws(JSONSyntaxError) -> ReferenceTest {
        let terms = try JSONReader.elements(of: array).map { String(decoding: array[$0.value], as: UTF8.self) }
        var comparisons: [(String, ReferenceNumber)] = []
        for index in stride(from: 0, to: terms.count - 1, by: 2) {
            guard let number = ReferenceNumber(terms[index + 1]) else { continue }
            comparisons.append((terms[index], number))
        }
        return .number { value in
            comparisons.allSatisfy { comparison, number in
                switch comparison {
                case "\"=\"": value == number
                case "\"<\"": value.value < number.value
                case "\"<=\"": value.value <= number.value
                case "\">\"": value.value > number.value
                default: value.value >= number.value
                }
            }
        }
    }

    private static func textTest(_ name: String, _ operand: [UInt8]) -> ([UInt8]) -> Bool {
        switch name {
        case "prefix": { $0.starts(with: operand) }
        case "suffix": { $0.reversed().starts(with: operand.reversed()) }
        case "wildcard": { ReferenceText.wildcard(operand[...], $0[...]) }
        case "equals-ignore-case": { ReferenceText.folded(operand, $0, anyStart: false, anyEnd: false) }
        case "prefix-ignore-case": { ReferenceText.folded(operand, $0, anyStart: false, anyEnd: true) }
        case "suffix-ignore-case": { ReferenceText.folded(operand, $0, anyStart: true, anyEnd: false) }
        default: { _ in false }
        }
    }
}
