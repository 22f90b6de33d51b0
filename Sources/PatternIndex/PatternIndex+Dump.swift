extension PatternIndex {
    /// The compiled form in words, for debugging: each field with its tests, each test with what waits for it, and each
    /// pattern with the tests of its conjunctions, of which `>` marks the one it waits for.
    ///
    /// - Complexity: proportional to the index.
    public var dump: String { unsafe core.pointee.dump }
}

extension IndexCore {
    var dump: String {
        var text = "tests\n"
        for id in 0..<Int32(tests.limit) where tests[id].users > 0 {
            let test = tests[id]
            let path = String(decoding: trie.path(test.node, arena), as: UTF8.self)
            let operand =
                test.kind == .anyOf
                ? alternatives(of: test).map { "#\($0)" }.joined(separator: " ") : describe(operandOf: test)
            text += "  #\(id) \(path) \(test.kind) \(operand) users \(test.users) waiting \(test.load)\n"
        }
        text += "patterns\n"
        for id in 0..<Int32(patterns.limit) where contains(UInt32(id)) {
            text += "  \(id) × \(patterns[id].insertions)\n"
            var conjunction = patterns[id].conjunctions
            while conjunction >= 0 {
                let record = conjunctions[conjunction]
                let numbers = tests(of: record).map { $0 == record.gate ? ">#\($0)" : "#\($0)" }
                text += "    \(numbers.joined(separator: " "))\n"
                conjunction = record.sibling
            }
        }
        return text
    }

    /// Bytes that are printable ASCII as they are, others as hexadecimal numbers.
    private func describe(operandOf test: ValueTest) -> String {
        (0..<Int(test.operandLength)).map { index in
            let byte = unsafe arena.pointer(test.operand)[index]
            return (0x20..<0x7F).contains(byte) ? String(UnicodeScalar(byte)) : "\\x" + String(byte, radix: 16)
        }.joined()
    }
}
