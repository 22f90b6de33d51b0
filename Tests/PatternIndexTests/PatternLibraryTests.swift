import EventPattern
import Foundation
import PatternIndex
import Testing

/// The library under `Patterns/`: every pattern on its own events, alone and beside all others.
@Suite("The library of patterns")
struct PatternLibraryTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Patterns")

    /// Paths below `folder`, without `.json`.
    private static let names: [String] = {
        let files = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
        return files.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
    }()

    private static func pattern(_ name: String) throws -> EventPattern {
        try EventPattern(parsing: Array(Data(contentsOf: folder.appendingPathComponent(name + ".json"))))
    }

    private static func events(_ name: String, _ kind: String) throws -> [[UInt8]] {
        try Data(contentsOf: folder.appendingPathComponent("\(name).\(kind).jsonl"))
            .split(separator: UInt8(ascii: "\n")).map(Array.init)
    }

    @Test("The library holds at least thirty patterns, each with a row in its README")
    func library() throws {
        #expect(Self.names.count >= 30)
        let readme = try String(contentsOf: Self.folder.appendingPathComponent("README.md"), encoding: .utf8)
        let rows = readme.split(separator: "\n").filter { $0.hasPrefix("| [`") }
            .compactMap { $0.split(separator: "`", maxSplits: 2).dropFirst().first.map(String.init) }
        #expect(rows.sorted() == Self.names)
    }

    @Test("A pattern matches the events of its matches and none of its misses", arguments: names)
    func events(_ name: String) throws {
        let pattern = try Self.pattern(name)
        let (matches, misses) = (try Self.events(name, "matches"), try Self.events(name, "misses"))
        #expect(!matches.isEmpty && !misses.isEmpty)
        for event in matches { #expect(try pattern.matches(event), "\(String(decoding: event, as: UTF8.self))") }
        for event in misses { #expect(try !pattern.matches(event), "\(String(decoding: event, as: UTF8.self))") }
    }

    @Test("In one index of the whole library, every event reaches the patterns that match it alone")
    func index() throws {
        let index = PatternIndex()
        let patterns = try Self.names.map { name in
            let pattern = try Self.pattern(name)
            return (id: index.insert(pattern), pattern: pattern)
        }
        for name in Self.names {
            for event in try Self.events(name, "matches") + Self.events(name, "misses") {
                var ids: [PatternID] = []
                try index.match(event.span, into: &ids)
                #expect(ids == (try patterns.filter { try $0.pattern.matches(event) }.map(\.id)).sorted())
            }
        }
    }
}
