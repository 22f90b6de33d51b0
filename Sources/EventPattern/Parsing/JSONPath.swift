/// The way from the top of a JSON text to a part of it. A copy costs one reference, so every part of a pattern can keep
/// its own.
struct JSONPath: Sendable {
    private indirect enum Link: Sendable {
        case top
        case name([UInt8], in: Link)
        case index(Int, in: Link)
    }

    private var link = Link.top

    mutating func enter(_ name: [UInt8]) { link = .name(name, in: link) }
    mutating func enter(index: Int) { link = .index(index, in: link) }

    mutating func leave() {
        switch link {
        case .top: break
        case .name(_, in: let outside), .index(_, in: let outside): link = outside
        }
    }

    /// `$.detail["detail-type"][0]`: names that are no identifiers are quoted.
    var text: String {
        var steps: [String] = []
        var link = link
        while true {
            switch link {
            case .top:
                return "$" + steps.reversed().joined()
            case .index(let index, in: let outside):
                steps.append("[\(index)]")
                link = outside
            case .name(let name, in: let outside):
                steps.append(
                    name.isIdentifier ? "." + String(decoding: name, as: UTF8.self) : "[\(name.jsonString)]")
                link = outside
            }
        }
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
