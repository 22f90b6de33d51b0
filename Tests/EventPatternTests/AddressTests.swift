import EventPattern
import Testing

@Suite("IP address literals")
struct AddressTests {
    private func address(_ text: String) -> IPAddress? { IPAddress(Array(text.utf8).span) }

    @Test(
        "Spellings of one address are one address, with one canonical text",
        arguments: [
            ("10.0.0.1", "10.0.0.1"), ("010.000.00.1", "10.0.0.1"), ("255.255.255.255", "255.255.255.255"),
            ("::ffff:a00:1", "10.0.0.1"), ("0:0:0:0:0:FFFF:0a00:0001", "10.0.0.1"), ("::", "::"), ("::1", "::1"),
            ("1::", "1::"), ("2001:0DB8:0:0:0:0:0:1", "2001:db8::1"), ("1:0:0:2:0:0:0:3", "1:0:0:2::3"),
            ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"), ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"), ("1:0:2::3", "1:0:2::3"),
            ("00001::", "1::"),
        ])
    func spellings(text: String, canonical: String) {
        #expect(address(text)?.canonicalText == canonical)
        #expect(address(canonical) == address(text))
    }

    @Test(
        "What Java reads as no literal is none",
        arguments: [
            "", ":", ":::", "1:", ":1", "1", "1.2.3", "1.2.3.4.5", "1.2.3.", ".1.2.3", "1..2.3", "256.1.1.1", "1.2.3.a",
            "0000000010.0.0.1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "10000::", "g::", "::1%eth0",
            "::ffff:1.2.3.4", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8", " ::1", "+1.2.3.4", "1:2:3:4:5:6:7:8:",
        ])
    func noLiterals(text: String) {
        #expect(address(text) == nil)
    }
}
