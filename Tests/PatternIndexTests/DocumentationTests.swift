import Foundation
import Testing

/// What the documentation shows is what `DocumentationExamples.swift` compiles and runs.
@Suite("Code of the documentation")
struct DocumentationTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private static let articles = [
        "Sources/EventPattern/Documentation.docc/EventPattern.md",
        "Sources/PatternIndex/Documentation.docc/MatchingEvents.md",
        "Sources/PatternIndex/Documentation.docc/PatternIndex.md",
    ]

    private static func lines(of path: String) throws -> [Substring] {
        try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
            .split(separator: "\n", omittingEmptySubsequences: false)
    }

    /// The blocks of Swift of an article.
    private static func blocks(of article: String) throws -> [[Substring]] {
        var blocks: [[Substring]] = []
        var isInside = false
        for line in try lines(of: article) {
            if isInside, line != "```" {
                blocks[blocks.count - 1].append(line)
            } else if line == "```swift" {
                isInside = true
                blocks.append([])
            } else {
                isInside = false
            }
        }
        return blocks
    }

    /// Whether some lines stand in a file one after the other, all of them as much farther to the right.
    private static func contains(_ file: [Substring], _ block: [Substring]) -> Bool {
        guard let first = block.first else { return true }
        return file.indices.contains { start in
            guard start + block.count <= file.count, file[start].hasSuffix(first) else { return false }
            let margin = file[start].dropLast(first.count)
            guard margin.allSatisfy({ $0 == " " }) else { return false }
            return zip(file[start...], block).allSatisfy { $0 == ($1.isEmpty ? "" : margin + $1) }
        }
    }

    @Test("Each block stands in the examples, line by line", arguments: articles)
    func blocks(article: String) throws {
        let examples = try Self.lines(of: "Tests/PatternIndexTests/DocumentationExamples.swift")
        let blocks = try Self.blocks(of: article)
        #expect(!blocks.isEmpty)
        for block in blocks {
            for line in block where line.hasPrefix("import ") { #expect(examples.contains(line)) }
            let code = block.drop { $0.hasPrefix("import ") || $0.isEmpty }
            let isThere = Self.contains(examples, Array(code))
            #expect(isThere, "not in the examples:\n\(code.joined(separator: "\n"))")
        }
    }

    @Test("Every article with code is looked at")
    func everyArticle() throws {
        for module in ["EventPattern", "PatternIndex"] {
            let folder = "Sources/\(module)/Documentation.docc"
            let path = Self.root.appendingPathComponent(folder).path
            for name in try FileManager.default.contentsOfDirectory(atPath: path) where name.hasSuffix(".md") {
                let article = "\(folder)/\(name)"
                #expect(try Self.articles.contains(article) != Self.blocks(of: article).isEmpty, "\(article)")
            }
        }
    }
}
