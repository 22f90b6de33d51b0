internal import EventPattern
internal import JSONText

/// Where patterns wait for events: each conjunction at one field that an event must satisfy for it to hold.
struct Gates {
    /// A value that only equal values match.
    private enum ExactValue: Hashable {
        case string([UInt8])
        case number(ComparableNumber)
        case spelling([UInt8])
        case boolean(Bool)
        case null

        /// Nil for a matcher that more than one value satisfies.
        init?(_ matcher: ValueMatcher) {
            switch matcher {
            case .string(let text): self = .string(text)
            case .number(let number): self = .number(number)
            case .spelling(let text): self = .spelling(text)
            case .boolean(let boolean): self = .boolean(boolean)
            case .null: self = .null
            default: return nil
            }
        }

        init?(_ value: EventValue, _ text: Span<UInt8>) {
            switch value.kind {
            case .string: self = .string(text.array)
            case .number: self = value.number.map(ExactValue.number) ?? .spelling(text.array)
            case .true: self = .boolean(true)
            case .false: self = .boolean(false)
            case .null: self = .null
            case .object, .array: return nil
            }
        }
    }

    private struct ExactGate: Hashable {
        let path: Int
        let value: ExactValue
    }

    private var exact: [ExactGate: Set<PatternID>] = [:]
    /// Paths with exact gates, and how many.
    private var exactCounts: [Int: Int] = [:]
    /// Per path, who waits for any value at all.
    private var present: [Int: Set<PatternID>] = [:]
    /// Who can match an event that has none of the fields.
    private var always: Set<PatternID> = []

    mutating func insert(_ id: PatternID, _ pattern: NormalForm, pathIDs: [Int]) {
        for place in places(pattern, pathIDs) {
            switch place {
            case .exact(let gate):
                if exact[gate, default: []].isEmpty { exactCounts[gate.path, default: 0] += 1 }
                exact[gate, default: []].insert(id)
            case .present(let path): present[path, default: []].insert(id)
            case .always: always.insert(id)
            }
        }
    }

    mutating func remove(_ id: PatternID, _ pattern: NormalForm, pathIDs: [Int]) {
        for place in places(pattern, pathIDs) {
            switch place {
            case .exact(let gate):
                guard var waiting = exact.removeValue(forKey: gate) else { continue }
                waiting.remove(id)
                if !waiting.isEmpty {
                    exact[gate] = waiting
                } else if let count = exactCounts[gate.path] {
                    exactCounts[gate.path] = count > 1 ? count - 1 : nil
                }
            case .present(let path):
                present[path]?.remove(id)
                if present[path]?.isEmpty == true { present[path] = nil }
            case .always: always.remove(id)
            }
        }
    }

    /// Calls `body` with every pattern that may match; with some more than once.
    func forEachCandidate(_ values: EventValues, in event: Span<UInt8>, _ body: (PatternID) -> Void) {
        always.forEach(body)
        for path in values.presentPaths {
            present[path]?.forEach(body)
            guard exactCounts[path] != nil else { continue }
            for value in values.values[path] {
                let gate = values.withText(of: value, in: event) { ExactValue(value, $0) }
                if let gate { exact[ExactGate(path: path, value: gate)]?.forEach(body) }
            }
        }
    }

    private enum Place {
        case exact(ExactGate)
        case present(Int)
        case always
    }

    private func places(_ pattern: NormalForm, _ pathIDs: [Int]) -> [Place] {
        pattern.conjunctions.flatMap { conjunction -> [Place] in
            var fallback = Place.always
            for index in conjunction {
                let field = pattern.fields[index]
                guard !field.matchesAbsence else { continue }
                let path = pathIDs[field.path]
                let values = field.alternatives.map { ExactValue($0) }
                if values.allSatisfy({ $0 != nil }) {
                    return values.compactMap { $0 }.map { .exact(ExactGate(path: path, value: $0)) }
                }
                fallback = .present(path)
            }
            return [fallback]
        }
    }
}
