/// The way from the top of a JSON text to a part of it.
struct JSONPath {
    private enum Step {
        case name([UInt8])
        case index(Int)
    }

    private var steps: [Step] = []

    mutating func enter(_ name: [UInt8]) { steps.append(.name(name)) }
    mutating func enter(index: Int) { steps.append(.index(index)) }
    mutating func leave() { steps.removeLast() }

    /// `$.detail["detail-type"][0]`: names that are no identifiers are quoted.
    var text: String {
        var text = "$"
        for step in steps {
            switch step {
            case .index(let index): text += "[\(index)]"
            case .name(let name) where name.isIdentifier: text += "." + String(decoding: name, as: UTF8.self)
            case .name(let name): text += "[\(name.jsonString)]"
            }
        }
        return text
    }
}

extension [UInt8] {
    fileprivate var isIdentifier: Bool {
        guard let first, !first.isASCIIDigit else { return false }
        return allSatisfy { byte in
            byte == UInt8(ascii: "_") || byte == UInt8(ascii: "$") || byte.isASCIIDigit
                || (byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z"))
        }
    }
}

extension UInt8 {
    fileprivate var isASCIIDigit: Bool { decimalDigitValue != nil }
}
