import EventPattern
import ReferenceMatcher
import Testing

@Suite("Numbers that can be compared")
struct NumberTests {
    private func number(_ text: String) -> ComparableNumber? { ComparableNumber(Array(text.utf8).span) }

    @Test(
        "A number is comparable when it is the shortest decimal of a double, within its interval",
        arguments: [
            ("0", true), ("-0", true), ("0e400", true), ("0.1", true), ("0.30000000000000004", true), ("1e20", true),
            ("100000000000000000000", true), ("1.7976931348623157e308", true), ("4.9e-324", true), ("1e22", true),
            ("9.999999999999999e22", true), ("4.8616604092006404e22", true), ("5e-324", false),
            ("0.1000000000000000055", false), ("9007199254740993", false), ("123456789012345678901", false),
            ("-122.422003528252475", false), ("1e23", false), ("2e23", false), ("8.41e21", false), ("1e309", false),
            ("1e-325", false), ("1e-400", false), ("1e99999999999999999999", false),
            ("1e-99999999999999999999", false), ("0e99999999999999999999", true),
        ])
    func comparable(text: String, isComparable: Bool) {
        #expect((number(text) != nil) == isComparable)
    }

    @Test("Spellings of one value are one number, and order is that of values")
    func equality() {
        for text in ["300", "300.0", "3e2", "3E+2", "30000e-2", "0.3e3", "300.000000000000000000000000000000000000"] {
            #expect(number(text) == number("300"), "\(text)")
        }
        #expect(number("-0") == number("0"))
        let ascending = [
            "-1e308", "-2", "-1.5", "-1e-300", "0", "4.9e-324", "0.1", "1", "1.5", "9007199254740992", "1e308",
        ]
        let numbers = ascending.compactMap(number)
        #expect(numbers.count == ascending.count)
        #expect(numbers == numbers.sorted())
    }

    @Test("Random decimals are judged as the reference judges them, and written so that they read back")
    func random() {
        let seed = UInt64.random(in: 0..<1 << 32)
        var random = SeededGenerator(seed: seed)
        for _ in 0..<2_000 {
            let texts = [
                Double(bitPattern: random.next() >> 1).description,
                "\(random.next() % 1_000_000)e\(Int.random(in: -330...310, using: &random))",
                "\(random.next() >> UInt64.random(in: 0..<60, using: &random))",
                "\(random.next() % 3_000)e\(Int.random(in: 15...28, using: &random))",
            ]
            for text in texts where text != "inf" && text != "nan" {
                let ours = number(text)
                #expect((ours != nil) == (ReferenceNumber(text) != nil), "seed \(seed): \(text)")
                if let ours { #expect(number(ours.canonicalText) == ours, "seed \(seed): \(text)") }
            }
        }
    }
}
