/// Patterns and events over few names and values, so that they meet often. The same seed makes the same ones.
struct ChangeGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// A number from 0 up to, not including, `bound` (splitmix64).
    mutating func number(_ bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return Int((mixed ^ mixed >> 31) % UInt64(bound))
    }

    mutating func one(of choices: [String]) -> String { choices[number(choices.count)] }

    private static let names = ["a", "b", "c", "a.b", "", "ä", "long name with \\\"quotes\\\""]
    private static let texts = [
        "", "a", "ab", "abc", "ABC", "abcabc", "b*b", "10.0.0.1", "010.0.0.1", "10.0.7.9", "2001:db8::1", "ß", "SS",
        "k",
        "K", "ü\\n", "\\u00fc\\u000a", "0123456789abcdef0123456789", "\\ud83d\\ude00", "1", "null",
    ]
    private static let numbers = [
        "0", "-0", "1", "1.0", "10e-1", "-1", "2", "3.5", "1e2", "100", "122.41488457758174", "122.41488457758175",
        "9007199254740993", "9007199254740992", "0.1", "1e309", "0.30000000000000004",
    ]

    // MARK: Events

    mutating func event() -> String {
        let space = number(4) == 0
        let text = object(depth: 4)
        return space ? " " + text.replacing(",", with: " ,\n\t").replacing(":{", with: " : {") + " tail" : text
    }

    private mutating func object(depth: Int) -> String {
        let members = (0..<number(4) + (depth == 4 ? 1 : 0)).map { _ in
            "\"\(one(of: Self.names))\":\(value(depth: depth - 1))"
        }
        return "{" + members.joined(separator: ",") + "}"
    }

    private mutating func value(depth: Int) -> String {
        switch number(depth > 0 ? 10 : 5) {
        case 0, 1: "\"\(one(of: Self.texts))\""
        case 2, 3: one(of: Self.numbers)
        case 4: one(of: ["true", "false", "null"])
        case 5, 6: object(depth: depth)
        default: "[" + (0..<number(5)).map { _ in value(depth: depth - 1) }.joined(separator: ",") + "]"
        }
    }

    // MARK: Patterns

    mutating func pattern() -> String { "{" + fields(depth: 3, mayBranch: true) + "}" }

    private mutating func fields(depth: Int, mayBranch: Bool) -> String {
        var members: [String] = []
        for _ in 0...number(3) {
            if mayBranch, number(8) == 0 {
                let branches = (0..<2 + number(2)).map { _ in "{" + fields(depth: depth - 1, mayBranch: depth > 2) + "}"
                }
                members.append("\"$or\":[" + branches.joined(separator: ",") + "]")
            } else if depth > 0, number(3) == 0 {
                members.append("\"\(one(of: Self.names))\":{" + fields(depth: depth - 1, mayBranch: false) + "}")
            } else {
                let matchers = (0...number(number(2) == 0 ? 4 : 1)).map { _ in matcher() }
                members.append("\"\(one(of: Self.names))\":[" + matchers.joined(separator: ",") + "]")
            }
        }
        return members.joined(separator: ",")
    }

    private mutating func matcher() -> String {
        let text = "\"\(one(of: Self.texts))\""
        switch number(16) {
        case 0, 1: return text
        case 2: return one(of: Self.numbers)
        case 3: return one(of: ["true", "false", "null"])
        case 4: return "{\"prefix\":\(text)}"
        case 5: return "{\"suffix\":\(text)}"
        case 6: return "{\"equals-ignore-case\":\(text)}"
        case 7: return "{\"\(one(of: ["prefix", "suffix"]))\":{\"equals-ignore-case\":\(text)}}"
        case 8, 9:
            return
                "{\"wildcard\":\"\(one(of: ["a*", "*c", "*b*", "a*c", "*", "", "abc", "*bc*a*", "b\\\\**", "*1"]))\"}"
        case 10:
            return
                "{\"numeric\":[\"\(one(of: ["<", ">", "<=", ">=", "="]))\",\(one(of: ["1", "2", "122.41488457758174"]))]}"
        case 11:
            return "{\"numeric\":[\">\(one(of: ["", "="]))\",\(one(of: ["-1", "0"])),\"<\",\(one(of: ["1", "150"]))]}"
        case 12: return "{\"exists\":\(one(of: ["true", "false"]))}"
        case 13: return "{\"cidr\":\"\(one(of: ["10.0.0.0/24", "10.0.0.0/8", "2001:db8::/32"]))\"}"
        case 14: return "{\"anything-but\":[\(text),\"\(one(of: Self.texts))\"]}"
        default:
            return one(of: [
                "{\"anything-but\":[1,2]}", "{\"anything-but\":{\"prefix\":\"a\"}}",
                "{\"anything-but\":{\"suffix\":[\"c\",\"1\"]}}",
                "{\"anything-but\":{\"equals-ignore-case\":[\"AbC\",\"ß\"]}}",
                "{\"anything-but\":{\"wildcard\":\"*b*\"}}",
            ])
        }
    }
}
