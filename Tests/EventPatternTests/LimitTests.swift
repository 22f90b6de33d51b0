import EventPattern
import Testing

@Suite("Limits of a pattern")
struct LimitTests {
    private func refusal(_ pattern: String) -> String? {
        do throws(EventPatternError) {
            _ = try EventPattern(pattern)
            return nil
        } catch {
            return error.summary
        }
    }

    @Test("256 fields are allowed, 257 are not")
    func fields() {
        func pattern(_ count: Int) -> String {
            "{" + (0..<count).map { "\"f\($0)\":[1]" }.joined(separator: ",") + "}"
        }
        #expect(refusal(pattern(256)) == nil)
        #expect(refusal(pattern(257)) == "Size of rule exceeds max value of 256")
    }

    @Test("The $ors of a pattern multiply to 10,000 conjunctions at most")
    func conjunctions() {
        func pattern(_ sizes: [Int]) -> String {
            let ors = sizes.enumerated().map { index, branches in
                "\"o\(index)\":{\"$or\":[\((0..<branches).map { "{\"f\":[\($0)]}" }.joined(separator: ","))]}"
            }
            return "{\(ors.joined(separator: ","))}"
        }
        #expect(refusal(pattern([10, 10, 10, 10])) == nil)
        let expected = "The $or relationships multiply to more than 10000 combinations"
        #expect(refusal(pattern([10, 10, 10, 11])) == expected)
        #expect(refusal(pattern(Array(repeating: 2, count: 64))) == expected)
        #expect(refusal(pattern([10_001])) == expected)
    }

    @Test("Fields repeated beside large $ors do not repeat the work without end")
    func expandedFields() {
        let branches = (0..<9_000).map { "{\"f\":[\($0)]}" }.joined(separator: ",")
        let repeated = (0..<5_000).map { _ in "\"a\":[1]" }.joined(separator: ",")
        #expect(
            refusal("{\"$or\":[\(branches)],\(repeated)}")
                == "The $or relationships multiply to more than 200000 fields")
    }

    @Test("Many fields under one long path do not fill the memory")
    func longPaths() {
        let name = String(repeating: "n", count: 20_000)
        let fields = (0..<60).map { "\"f\($0)\":[\((0..<20).map(String.init).joined(separator: ","))]" }
        #expect(
            refusal("{\"\(name)\":{\(fields.joined(separator: ","))}}")
                == "The paths of all fields together are longer than 1048576 bytes")
        #expect(refusal("{\"\(name)\":{\(fields.prefix(20).joined(separator: ","))}}") == nil)
    }

    @Test("A pattern nests to 256 levels")
    func nesting() {
        func pattern(_ depth: Int) -> String {
            String(repeating: #"{"a":"#, count: depth) + "[1]" + String(repeating: "}", count: depth)
        }
        #expect(refusal(pattern(256)) == nil)
        #expect(refusal(pattern(257)) == "Pattern is nested too deeply: at most 256 levels are allowed")
        #expect(refusal(pattern(100_000)) == "Pattern is nested too deeply: at most 256 levels are allowed")
        let ors = String(repeating: #"{"$or":["#, count: 100_000)
        #expect(refusal(ors) == "Pattern is nested too deeply: at most 256 levels are allowed")
    }

    @Test(
        "Wildcards are too complex when 10 prefixes can be alive at once",
        arguments: [
            ([#"*:*:*:*:*:event-bus/*"#], true), (["*aa*aa*"], false), (["a*b*c*d*e*f*g*h*i*j*k"], true),
            (["a*b*c*d*e*f*g*h*i"], false), (Array(repeating: "*:stack/x/*", count: 3), false),
            (["*:stack/a/*", "*:stack/b/*", "*:stack/c/*", "*:stack/d/*"], true), (["*aaaaaaaaaaaaaaaaaaa"], true),
            (["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa*"], false), (["*a*b*"], false),
        ])
    func wildcardComplexity(wildcards: [String], isRefused: Bool) {
        let list = wildcards.map { "{\"wildcard\":\"\($0)\"}" }.joined(separator: ",")
        let text = wildcards.map { "\"\($0)\"" }.joined(separator: ",")
        let expected =
            isRefused
            ? "Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a "
                + "wildcard character" : nil
        #expect(refusal("{\"x\":[1],\"a\":[\(list)]}") == expected)
        if wildcards.count == 1 {
            #expect(refusal("{\"a\":[{\"anything-but\":{\"wildcard\":[\(text)]}}]}") == expected)
        }
        if let expected {
            let error = #expect(throws: EventPatternError.self) { try EventPattern("{\"x\":[1],\"a\":[\(list)]}") }
            #expect(error?.reason == expected)
            #expect(error?.path == "$.a")
        }
    }

    @Test("The wildcards of one anything-but count as one pattern: what they begin with counts once")
    func sharedPrefixes() {
        let list = ["a", "b", "c", "d"].map { "\"*:stack/\($0)/*\"" }.joined(separator: ",")
        #expect(refusal("{\"a\":[{\"anything-but\":{\"wildcard\":[\(list)]}}]}") == nil)
    }

    @Test("The wildcards of $or's branches on one field count together")
    func complexityAcrossBranches() {
        let branches = ["a", "b", "c", "d"].map { "{\"f\":[{\"wildcard\":\"*:stack/\($0)/*\"}]}" }
        #expect(refusal("{\"$or\":[\(branches.joined(separator: ","))]}")?.hasPrefix("Rule is too complex") == true)
        #expect(refusal("{\"$or\":[\(branches.dropLast().joined(separator: ","))]}") == nil)
    }

    @Test("Checking hostile wildcards ends")
    func hostileWildcards() {
        let noise = (0..<1_000).map { "\($0 * 7_919 % 10_007)" }.joined(separator: "-")
        let list = (0..<8).map { "{\"wildcard\":\"\($0)*\(noise)*\(noise)\($0)\"}" }.joined(separator: ",")
        let refused = refusal("{\"a\":[\(list)]}")
        #expect(refused == nil || refused?.hasPrefix("Rule is too complex") == true)
    }
}
