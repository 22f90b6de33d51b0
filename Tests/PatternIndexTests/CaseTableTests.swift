import Foundation
import Testing

/// The hand-made cases under `Tests/Cases`.
@Suite("Tables of cases")
struct CaseTableTests {
    private static let files: [String] = {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Cases")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasSuffix(".jsonl") }.sorted().map { folder.appendingPathComponent($0).path }
    }()

    @Test("Every case of the file comes out as it says", arguments: files)
    func file(_ path: String) throws {
        let cases = try PatternCase.read(path)
        var check = CaseCheck()
        for test in cases { check.run(test) }
        for failure in check.failures { Issue.record("\(failure)") }
        #expect(!cases.isEmpty)
    }
}
