import JSONDocument
import JSONText
import Testing

/// Jansson reads the same language, but for what it cannot hold: numbers beyond its types, lone surrogates, NUL in a
/// name. It overlooks a NUL byte after a value, so the texts have none.
@Suite("The tokenizer against Jansson")
struct JanssonOracleTests {
    @Test("Both accept and refuse the same random texts", arguments: 0..<10)
    func acceptance(round: Int) {
        let seed = UInt64.random(in: 0..<1 << 32) &+ UInt64(round)
        var source = RandomText(seed: seed)
        var accepted = 0
        var differences: [String] = []
        for _ in 0..<2_000 {
            let text = source.next()
            let ours = (try? JSONValidator.validate(text)) != nil
            if ours { accepted += 1 }
            do throws(JSONFault) {
                _ = try JSONValue(parsing: text)
                if !ours { differences.append(String(decoding: text, as: UTF8.self)) }
            } catch {
                let cannotHold = ["too big", "overflow", "surrogate", "Unicode", "NUL"]
                if ours, !cannotHold.contains(where: error.reason.contains) {
                    differences.append("\(error.reason): \(String(decoding: text, as: UTF8.self))")
                }
            }
        }
        #expect(differences.isEmpty, "seed \(seed)")
        #expect(accepted > 100, "seed \(seed): too few texts were valid")
    }
}
