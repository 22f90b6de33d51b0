/// What a pattern means: conjunctions of fields, an event matches when one of them holds. Two patterns that differ in
/// the order of keys or values, in white space, escapes or other ways to write the same have the same normal form.
package struct NormalForm: Hashable, Sendable {
    /// The distinct paths, in the order in which fields are tried: of UTF-16 code units, as Java sorts strings.
    package let paths: [[UInt8]]
    /// The distinct fields, sorted by path, then by canonical text.
    package let fields: [Field]
    /// Per conjunction the fields, as indices, ascending; each conjunction once, sorted.
    package let conjunctions: [[Int]]

    /// A path and what its values may be, of which one is enough.
    package struct Field: Hashable, Sendable {
        /// Index into `paths`.
        package let path: Int
        /// Each once, sorted by canonical text.
        package let alternatives: [ValueMatcher]

        /// Whether the field may be missing.
        package var matchesAbsence: Bool { alternatives.contains(where: \.matchesAbsence) }
    }

    init(_ expansion: Expansion) {
        let used = Set(expansion.rules.flatMap(\.values)).sorted()
        var pathKeys: [[UInt8]: [UInt16]] = [:]
        for leaf in used { pathKeys[expansion.leaves[leaf].path] = expansion.leaves[leaf].path.utf16Units }
        paths = pathKeys.sorted { $0.value.lexicographicallyPrecedes($1.value) }.map(\.key)
        let pathIndex = Dictionary(uniqueKeysWithValues: paths.enumerated().map { ($1, $0) })

        let drafts = used.map { leaf in Draft(expansion.leaves[leaf], path: pathIndex[expansion.leaves[leaf].path] ?? 0)
        }
        let sorted = Set(drafts).sorted(by: <)
        fields = sorted.map { Field(path: $0.path, alternatives: $0.alternatives) }
        let fieldIndex = Dictionary(uniqueKeysWithValues: sorted.enumerated().map { ($1, $0) })
        let fieldOfLeaf = Dictionary(
            uniqueKeysWithValues: zip(used, drafts).map { leaf, draft in (leaf, fieldIndex[draft] ?? 0) })

        let rules = expansion.rules.map { rule in rule.values.map { fieldOfLeaf[$0] ?? 0 }.sorted() }
        conjunctions = Set(rules).sorted { $0.lexicographicallyPrecedes($1) }
    }

    /// A field with the text it is sorted and compared by.
    private struct Draft: Hashable {
        let path: Int
        let text: [UInt8]
        let alternatives: [ValueMatcher]

        init(_ leaf: PatternTree.Leaf, path: Int) {
            self.path = path
            alternatives = leaf.alternatives.map(\.matcher.normalized).sortedOnce(by: \.canonicalText)
            text = Array(alternatives.map(\.canonicalText).joined(separator: ",".utf8))
        }

        static func < (a: Draft, b: Draft) -> Bool {
            a.path != b.path ? a.path < b.path : a.text.lexicographicallyPrecedes(b.text)
        }

        static func == (a: Draft, b: Draft) -> Bool { a.path == b.path && a.text == b.text }

        func hash(into hasher: inout Hasher) {
            hasher.combine(path)
            hasher.combine(text)
        }
    }

    // MARK: Text

    /// A pattern with this normal form: fields that all conjunctions share, and an `$or` of the rest, with dotted names.
    var text: String {
        var shared = Set(conjunctions.first ?? [])
        for conjunction in conjunctions { shared.formIntersection(conjunction) }
        if conjunctions.count > 1, conjunctions.contains(where: { $0.count == shared.count }) {
            // A branch of `$or` may not be empty. A field that came from an `$or` is not reserved inside one.
            let movable = shared.filter { !PatternParser.isReservedInsideOr(paths[fields[$0].path]) }
            if let field = movable.max() { shared.remove(field) }
        }
        var out: [UInt8] = []
        appendObject(shared.sorted(), to: &out, isOpen: conjunctions.count > 1)
        if conjunctions.count > 1 {
            if !shared.isEmpty { out.append(UInt8(ascii: ",")) }
            out.append(contentsOf: #""$or":["#.utf8)
            for (index, conjunction) in conjunctions.enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                appendObject(conjunction.filter { !shared.contains($0) }, to: &out, isOpen: false)
            }
            out.append(contentsOf: "]}".utf8)
        }
        return String(decoding: out, as: UTF8.self)
    }

    private func appendObject(_ indices: [Int], to out: inout [UInt8], isOpen: Bool) {
        out.append(UInt8(ascii: "{"))
        for (position, index) in indices.enumerated() {
            if position > 0 { out.append(UInt8(ascii: ",")) }
            out.append(contentsOf: paths[fields[index].path].jsonString.utf8)
            out.append(contentsOf: ":[".utf8)
            out.append(contentsOf: fields[index].alternatives.map(\.canonicalText).joined(separator: ",".utf8))
            out.append(UInt8(ascii: "]"))
        }
        if !isOpen { out.append(UInt8(ascii: "}")) }
    }
}

extension [UInt8] {
    /// The UTF-16 code units of UTF-8 text, lone surrogates in their three-byte form included.
    var utf16Units: [UInt16] {
        if allSatisfy({ $0 < 0x80 }) { return map(UInt16.init) }
        return codePoints.flatMap { bytes -> [UInt16] in
            switch bytes.count {
            case 1: [UInt16(bytes[0])]
            case 2: [UInt16(bytes[0] & 0x1F) << 6 | UInt16(bytes[1] & 0x3F)]
            case 3: [UInt16(bytes[0] & 0x0F) << 12 | UInt16(bytes[1] & 0x3F) << 6 | UInt16(bytes[2] & 0x3F)]
            default: Array<UInt16>(String(decoding: bytes, as: UTF8.self).utf16)
            }
        }
    }
}
