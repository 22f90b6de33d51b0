public import JSONText

/// An event pattern in the language of Amazon EventBridge.
///
/// A pattern is a JSON object whose leaves are arrays of alternatives; fields are joined by and, alternatives by or:
///
///     {"source": ["my.app"], "detail": {"state": ["failed", {"prefix": "err"}], "code": [{"numeric": [">=", 500]}]}}
///
/// The rules, with their sources, stand in this module's documentation, *The pattern language*. Patterns that mean the
/// same are equal: the order of keys and values, white space and escapes do not count.
public struct EventPattern: Sendable {
    /// The pattern as it was given.
    public let text: String
    /// The pattern as it is written, with places, to explain it.
    package let tree: PatternTree
    /// What the pattern means.
    package let normalForm: NormalForm
    /// The paths of `normalForm`, for reading an event.
    private let pathTable: PathTable

    /// Reads a pattern.
    ///
    /// - Parameter bytes: UTF-8 JSON. What follows the closing brace is ignored, as EventBridge does.
    /// - Throws: the first rule that is broken.
    /// - Complexity: linear in the text but for `$or`, which multiplies, and the check of wildcards; both are bounded by
    ///   `PatternLimits`.
    public init(parsing bytes: [UInt8]) throws(EventPatternError) {
        var parser = PatternParser(bytes)
        tree = try parser.parse()
        normalForm = NormalForm(parser.expansion)
        try parser.checkSize(normalForm)
        text = String(decoding: bytes, as: UTF8.self)
        var pathTable = PathTable()
        for (id, path) in normalForm.paths.enumerated() { pathTable.insert(path, id: id) }
        self.pathTable = pathTable
    }

    /// Reads a pattern.
    public init(parsing bytes: Span<UInt8>) throws(EventPatternError) {
        try self.init(parsing: bytes.array)
    }

    /// Reads a pattern.
    public init(_ text: some StringProtocol) throws(EventPatternError) {
        try self.init(parsing: Array(text.utf8))
    }

    /// A pattern equal to this one, in one form for all equal patterns: fields in order, with dotted names, and at most
    /// one `$or`, of all combinations.
    public var canonicalText: String { normalForm.text }

    /// Whether an event matches.
    ///
    /// - Throws: the first fault of the event's JSON, also in parts that the pattern does not ask about.
    /// - Complexity: one pass over the event; many patterns belong into a `PatternIndex`.
    public func matches(_ event: [UInt8]) throws(JSONSyntaxError) -> Bool {
        try matches(event.span)
    }

    /// Whether an event matches.
    public func matches(_ event: Span<UInt8>) throws(JSONSyntaxError) -> Bool {
        let values = try EventValues(of: event, paths: pathTable, pathCount: normalForm.paths.count)
        var match = PatternMatch(normalForm, pathIDs: Array(normalForm.paths.indices))
        return match.run(values, in: event)
    }

    /// The paths to blame when each field holds by itself and they do not hold together.
    func inconsistentPaths(in event: Span<UInt8>) throws(JSONSyntaxError) -> Set<[UInt8]> {
        let values = try EventValues(of: event, paths: pathTable, pathCount: normalForm.paths.count)
        var match = PatternMatch(normalForm, pathIDs: Array(normalForm.paths.indices))
        return match.inconsistentPaths(values, in: event)
    }
}

extension EventPattern: Hashable {
    /// Whether the patterns mean the same by their normal forms.
    public static func == (a: EventPattern, b: EventPattern) -> Bool { a.normalForm == b.normalForm }

    /// Hashes the normal form.
    public func hash(into hasher: inout Hasher) { hasher.combine(normalForm) }
}

extension EventPattern: CustomStringConvertible {
    /// The pattern as it was given.
    public var description: String { text }
}
