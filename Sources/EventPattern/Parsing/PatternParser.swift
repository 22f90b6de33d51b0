internal import JSONText

/// Reads a pattern: the grammar of JsonRuleCompiler.java, token for token, since the place in an error message is
/// where the parser stands when it notices.
struct PatternParser {
    let bytes: [UInt8]
    var tokenizer = JSONTokenizer(quotesSource: true)
    var jsonPath = JSONPath()
    var expansion = Expansion()
    /// The names from the top joined with `.`.
    private var path: [UInt8] = []
    /// Open objects that go on the path, and open `$or`s.
    private var depth = 0
    private var orDepth = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func parse() throws(EventPatternError) -> PatternTree {
        guard try next() == .objectStart else {
            throw refuse("Filter is not an object", hint: #"a pattern is an object, like {"source":["my.app"]}"#)
        }
        return PatternTree(nodes: try parseObject(insideOr: false))
    }

    /// The members of an object whose bracket has been read.
    private mutating func parseObject(insideOr: Bool) throws(EventPatternError) -> [PatternTree.Node] {
        depth += 1
        defer { depth -= 1 }
        guard depth + orDepth <= PatternLimits.nesting else {
            throw refuse(
                "Pattern is nested too deeply: at most \(PatternLimits.nesting) levels are allowed",
                hint: #"join names with dots: {"a.b":…} is {"a":{"b":…}}"#)
        }
        var nodes: [PatternTree.Node] = []
        while try next() == .name {
            let (name, offset) = (unescapedName, tokenizer.range.lowerBound)
            jsonPath.enter(name)
            defer { jsonPath.leave() }
            if name == Self.or {
                nodes.append(.or(try parseOr(offset: offset)))
            } else {
                nodes.append(try parseMember(name, offset: offset, insideOr: insideOr))
            }
        }
        guard !nodes.isEmpty else {
            throw refuse("Empty objects are not allowed", hint: #"to ask for any value write [{"exists":true}]"#)
        }
        return nodes
    }

    private mutating func parseMember(
        _ name: [UInt8], offset: Int, insideOr: Bool
    ) throws(EventPatternError) -> PatternTree.Node {
        if insideOr, Self.isReservedInsideOr(name) {
            throw refuse(
                "\(String(decoding: name, as: UTF8.self)) is Ruler reserved fieldName which cannot be used inside $or.",
                hint: "in $or stand objects with field names; an operator goes into the array of a field")
        }
        let place = PatternTree.Place(path: jsonPath, offset: offset)
        let outside = path.count
        if depth > 1 { path.append(UInt8(ascii: ".")) }
        path.append(contentsOf: name)
        defer { path.removeLast(path.count - outside) }
        switch try next() {
        case .objectStart:
            let nodes = try parseObject(insideOr: insideOr)
            return .object(PatternTree.Object(place: place, name: name, nodes: nodes))
        case .arrayStart:
            let leaf = PatternTree.Leaf(place: place, path: path, alternatives: try parseAlternatives())
            expansion.add(leaf)
            try checkExpansion()
            return .leaf(leaf)
        default:
            throw refuse(
                "\(name.quoted) must be an object or an array",
                hint: "put the value into an array: every leaf of a pattern is an array of alternatives")
        }
    }

    /// `$or` multiplies what has been read so far by its branches (JRC:283).
    private mutating func parseOr(offset: Int) throws(EventPatternError) -> PatternTree.Or {
        let place = PatternTree.Place(path: jsonPath, offset: offset)
        guard try next() == .arrayStart else {
            throw refuse("It must be an Array followed with $or.", hint: #"write {"$or":[{…},{…}]}"#)
        }
        let outside = expansion.beginOr()
        // A branch's members go on where the path stood before `$or`: `depth` counts names, not branches.
        depth -= 1
        orDepth += 1
        defer {
            depth += 1
            orDepth -= 1
        }
        var branches: [[PatternTree.Node]] = []
        while let token = try next(), token != .arrayEnd {
            jsonPath.enter(index: branches.count)
            defer { jsonPath.leave() }
            guard token == .objectStart else {
                throw refuse("Only JSON object is allowed in array of $or relationship.", hint: nil)
            }
            expansion.beginBranch(from: outside)
            branches.append(try parseObject(insideOr: true))
            expansion.endBranch()
            try checkExpansion()
        }
        guard branches.count >= 2 else {
            throw refuse(
                "There must have at least 2 Objects in $or relationship.",
                hint: "with one branch, leave out $or and write its fields beside the others")
        }
        expansion.endOr()
        return PatternTree.Or(place: place, branches: branches)
    }

    private func checkExpansion() throws(EventPatternError) {
        let hint = "split it into several patterns, or write alternatives into the array of one field"
        guard expansion.conjunctionCount <= PatternLimits.conjunctions else {
            throw refuse(
                "The $or relationships multiply to more than \(PatternLimits.conjunctions) combinations", hint: hint)
        }
        guard expansion.pathBytes <= PatternLimits.pathBytes else {
            throw refuse(
                "The paths of all fields together are longer than \(PatternLimits.pathBytes) bytes", hint: hint)
        }
        guard expansion.writes <= PatternLimits.expandedFields else {
            throw refuse(
                "The $or relationships multiply to more than \(PatternLimits.expandedFields) fields", hint: hint)
        }
    }

    private mutating func parseAlternatives() throws(EventPatternError) -> [PatternTree.Alternative] {
        var alternatives: [PatternTree.Alternative] = []
        while let token = try next(), token != .arrayEnd {
            jsonPath.enter(index: alternatives.count)
            defer { jsonPath.leave() }
            let start = tokenizer.range.lowerBound
            let place = PatternTree.Place(path: jsonPath, offset: start)
            let matcher = try parseAlternative(token)
            alternatives.append(
                PatternTree.Alternative(place: place, matcher: matcher, range: start..<tokenizer.range.upperBound))
        }
        guard !alternatives.isEmpty else {
            throw refuse("Empty arrays are not allowed", hint: #"to ask for any value write [{"exists":true}]"#)
        }
        return alternatives
    }

    private mutating func parseAlternative(_ token: JSONToken) throws(EventPatternError) -> ValueMatcher {
        switch token {
        case .objectStart: return try parseOperator()
        case .string:
            let text = try string()
            return IPAddress(text.span).map(ValueMatcher.address) ?? .string(text)
        case .number:
            let text = Array(bytes[tokenizer.range])
            return ComparableNumber(text.span).map(ValueMatcher.number) ?? .spelling(text)
        case .true: return .boolean(true)
        case .false: return .boolean(false)
        case .null: return .null
        case .arrayStart, .arrayEnd, .objectEnd, .name:
            throw refuse("Match value must be String, number, true, false, or null", hint: "one array is enough")
        }
    }

    private static let or = Array("$or".utf8)

    /// Whether `$or`'s branches may not have a field of this name: a safeguard against `$or` among operators.
    static func isReservedInsideOr(_ name: [UInt8]) -> Bool { reservedInsideOr.contains(name) }

    /// Constants.java:56.
    private static let reservedInsideOr = Set(
        [
            "exactly", "equals-ignore-case", "prefix", "suffix", "anything-but", "exists", "wildcard", "numeric",
            "cidr", "=", "<", "<=", ">", ">=", "regex", "not-wildcard", "not-equals-ignore-case", "date-after",
            "date-on-or-after", "date-before", "date-on-or-before", "in-date-range", "ip-address-in-range",
            "ip-address-not-in-range",
        ].map { Array($0.utf8) })
}
