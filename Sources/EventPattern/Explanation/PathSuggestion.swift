internal import JSONText

/// Finds the field of an event that somebody probably meant who wrote a path that is not there.
struct PathSuggestion {
    /// What lies beyond this is not looked at: an explanation is for people, and events have few fields.
    private static let pathsMax = 2_000
    private static let lengthMax = 200

    private let outline: EventOutline

    init(_ outline: EventOutline) {
        self.outline = outline
    }

    func cause(for path: [UInt8]) -> MissCause {
        if outline.objects[path] != nil {
            return .notALeaf(field: outline.objects[path]?.map(Self.text))
        }
        let parents = Self.parents(of: path)
        let empty = ([path] + parents).first { place in
            outline.arrays.contains(place) && outline.values[place] == nil && outline.objects[place] == nil
        }
        if let empty { return .emptyArray(path: Self.text(empty)) }
        for parent in parents {
            let isEncoded = outline.values[parent]?.contains { value in
                value.kind == .string && outline.meaning(of: value).first == UInt8(ascii: "{")
            }
            if isEncoded == true { return .stringInsteadOfObject(path: Self.text(parent)) }
        }
        let candidates = outline.paths.prefix(Self.pathsMax).filter { $0.count <= Self.lengthMax }
        let folded = Self.text(path).lowercased()
        if let actual = candidates.first(where: { Self.text($0).lowercased() == folded }) {
            return .nameDiffersInCase(actual: Self.text(actual))
        }
        if let actual = nearest(to: path, among: candidates) { return .nameMisspelt(actual: Self.text(actual)) }
        let name = Self.lastName(of: path)
        if let actual = candidates.first(where: { Self.lastName(of: $0) == name }) {
            return .elsewhere(actual: Self.text(actual))
        }
        let parent = parents.first { outline.objects[$0] != nil || outline.values[$0] != nil }
        return .missing(parent: parent.map(Self.text))
    }

    /// The closest path within two edits, one edit for short names, none for the shortest.
    private func nearest(to path: [UInt8], among candidates: [[UInt8]]) -> [UInt8]? {
        guard path.count <= Self.lengthMax else { return nil }
        // In a name of one to three letters a change of one makes another name, not a misspelling.
        let length = Self.lastName(of: path).count
        guard length > 3 else { return nil }
        let limit = length < 6 ? 1 : 2
        var best: (path: [UInt8], distance: Int)?
        for candidate in candidates where abs(candidate.count - path.count) <= limit {
            let distance = Self.distance(path, candidate)
            if distance <= limit, distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        return best?.path
    }

    /// The edits (insert, delete, replace, swap neighbours) from one text to the other.
    private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var (before, last) = ([Int](), Array(0...b.count))
        for i in a.indices {
            var row = [i + 1]
            for j in b.indices {
                var cost = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, before[j - 1] + 1) }
                row.append(cost)
            }
            (before, last) = (last, row)
        }
        return last[b.count]
    }

    /// The paths above `path`, the longest first.
    private static func parents(of path: [UInt8]) -> [[UInt8]] {
        path.indices.reversed().filter { path[$0] == UInt8(ascii: ".") }.map { Array(path[..<$0]) }
    }

    private static func lastName(of path: [UInt8]) -> ArraySlice<UInt8> {
        path[(path.lastIndex(of: UInt8(ascii: ".")).map { $0 + 1 } ?? 0)...]
    }

    private static func text(_ path: [UInt8]) -> String { String(decoding: path, as: UTF8.self) }
}
