/// Random valid patterns, and events that often come close to matching them.
public struct PatternGenerator {
    private var random: SeededGenerator
    /// Names that fields are given.
    private let names: [String]

    /// - Parameter names: few names make patterns and events meet often, and repeat paths.
    public init(seed: UInt64, names: [String] = ["a", "b", "c", "a.b", ""]) {
        random = SeededGenerator(seed: seed)
        self.names = names
    }

    private static let strings = [
        #""""#, #""a""#, #""b""#, #""ab""#, #""AB""#, #""abc""#, #""a*b""#, #""\u00e9""#, #""é""#, #""ß""#, #""SS""#,
        #""😀""#, #""1""#, #""null""#, #""10.0.0.1""#, #""10.0.0.77""#, #""2001:db8::1""#, #""2001:0DB8::1""#,
        #""\ud800""#, #""abab""#,
    ]
    private static let numbers = [
        "0", "-0", "1", "1.0", "10e-1", "2", "2.5", "-7", "1e20", "100000000000000000000", "9007199254740993", "1e309",
        "0.1", "0.30000000000000004", "1e23",
    ]
    private static let comparable = ["0", "1", "1.0", "2", "2.5", "-7", "1e20", "0.1"]
    private static let words = ["true", "false", "null"]
    private static let wildcards = [#""*""#, #""a*""#, #""*b""#, #""a*b""#, #""*a*b""#, #""\\*""#, #""a\\*b""#, #""""#]

    /// A pattern's JSON text.
    public mutating func pattern() -> String { object(depth: 0, insideOr: false) }

    private mutating func object(depth: Int, insideOr: Bool) -> String {
        var members: [String] = []
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            if depth < 3, random.once(in: 6) {
                let branches = (0..<Int.random(in: 2...3, using: &random)).map { _ in
                    object(depth: depth + 1, insideOr: true)
                }
                members.append("\"$or\":[\(branches.joined(separator: ","))]")
            } else if depth < 3, random.once(in: 3) {
                members.append("\"\(random.pick(names))\":\(object(depth: depth + 1, insideOr: insideOr))")
            } else {
                members.append("\"\(random.pick(names))\":\(alternatives())")
            }
        }
        return "{\(members.joined(separator: ","))}"
    }

    /// A field's array.
    public mutating func alternatives() -> String {
        let list = (0..<Int.random(in: 1...3, using: &random)).map { _ in alternative() }
        return "[\(list.joined(separator: ","))]"
    }

    private mutating func alternative() -> String {
        let string = random.pick(Self.strings)
        switch Int.random(in: 0..<22, using: &random) {
        case 0...3: return string
        case 4, 5: return random.pick(Self.numbers)
        case 6: return random.pick(Self.words)
        case 7: return "{\"exactly\":\(string)}"
        case 8: return "{\"prefix\":\(string)}"
        case 9: return "{\"suffix\":\(string)}"
        case 10: return "{\"equals-ignore-case\":\(string)}"
        case 11: return "{\"prefix\":{\"equals-ignore-case\":\(string)}}"
        case 12: return "{\"suffix\":{\"equals-ignore-case\":\(string)}}"
        case 13: return "{\"wildcard\":\(random.pick(Self.wildcards))}"
        case 14:
            return "{\"cidr\":\"\(random.pick(["10.0.0.0/24", "10.0.0.9/31", "0.0.0.0/0", "2001:db8::/32", "::/0"]))\"}"
        case 15...17: return "{\"exists\":\(random.once(in: 3) ? "true" : "false")}"
        case 18:
            let (low, high) = random.pick([("0", "1"), ("-7", "2.5"), ("1", "1e20")])
            return "{\"numeric\":[\"\(random.pick([">", ">="]))\",\(low),\"\(random.pick(["<", "<="]))\",\(high)]}"
        case 19:
            return "{\"numeric\":[\"\(random.pick(["<", "<=", "=", ">", ">="]))\",\(random.pick(Self.comparable))]}"
        default: return "{\"anything-but\":\(exclusion())}"
        }
    }

    private mutating func exclusion() -> String {
        func list(_ pool: [String], _ random: inout SeededGenerator) -> String {
            if random.once(in: 2) { return random.pick(pool) }
            return "[\(random.pick(pool)),\(random.pick(pool))]"
        }
        let strings = Self.strings
        switch Int.random(in: 0..<6, using: &random) {
        case 0: return list(strings, &random)
        case 1: return list(Self.comparable, &random)
        case 2: return "{\"prefix\":\(list(Array(strings.dropFirst()), &random))}"
        case 3: return "{\"suffix\":\(list(Array(strings.dropFirst()), &random))}"
        case 4: return "{\"equals-ignore-case\":\(list(strings, &random))}"
        default: return "{\"wildcard\":\(list(Self.wildcards, &random))}"
        }
    }

    /// An event's JSON text.
    public mutating func event() -> String { eventObject(depth: 0) }

    private mutating func eventObject(depth: Int) -> String {
        let members = (0..<Int.random(in: 0...4, using: &random)).map { _ in
            "\"\(random.pick(names))\":\(eventValue(depth: depth + 1))"
        }
        return "{\(members.joined(separator: ","))}"
    }

    private mutating func eventValue(depth: Int) -> String {
        switch Int.random(in: 0..<10, using: &random) {
        case 0...1 where depth < 5: return eventObject(depth: depth)
        case 2...3 where depth < 5:
            let elements = (0..<Int.random(in: 0...3, using: &random)).map { _ in eventValue(depth: depth + 1) }
            return "[\(elements.joined(separator: ","))]"
        case 4: return random.pick(Self.words)
        case 5, 6: return random.pick(Self.numbers)
        default: return random.pick(Self.strings)
        }
    }
}
