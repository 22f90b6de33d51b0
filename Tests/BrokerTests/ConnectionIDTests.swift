import Broker
import Testing

@Suite("Connection ids and request ids")
struct ConnectionIDTests {
    /// The bytes of an id's text, which is base64url without its padding bits set.
    private func bytes(_ text: String) -> [UInt8] {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        var bits: [UInt8] = []
        for character in text.dropLast() {
            let value = alphabet.firstIndex(of: character)!
            bits += (0..<6).map { UInt8(value >> (5 - $0) & 1) }
        }
        return stride(from: 0, to: 88, by: 8).map { start in bits[start..<start + 8].reduce(0) { $0 << 1 | $1 } }
    }

    @Test("Ids have API Gateway's form: eleven bytes, of which the ninth tells what they are of")
    func form() {
        var seen: Set<String> = []
        for _ in 0..<200 {
            let connection = ConnectionID.generate().description
            let request = RequestID.generate().description
            #expect(connection.wholeMatch(of: /[A-Za-z0-9_-]{14}[AEIMQUYcgkosw048]=/) != nil, "\(connection)")
            #expect(bytes(connection)[8] == 0x02)
            #expect(bytes(request)[8] == 0x05)
            #expect(request.count == 16)
            seen.formUnion([connection, request])
        }
        #expect(seen.count == 400)
    }

    @Test(
        "Public samples and whatever is well-formed are read back as they were written",
        arguments: ["L0SM9cOFvHcCIhw=", "HXT_RfBnPHcCIIg=", "_______________=", "---------------=", "AAAAAAAAAAAAAAB="])
    func wellFormed(text: String) {
        #expect(ConnectionID(text)?.description == text)
    }

    @Test(
        "Everything else is refused",
        arguments: [
            "", "nonsense", "L0SM9cOFvHcCIhw", "L0SM9cOFvHcCIh==", "L0SM9cOFvHcCIhww=", "L0SM9cOFvHcCIhw==",
            "L0SM9cOFvHc+Ihw=", "L0SM9cOFvHc/Ihw=", "L0SM9cOFvHcCIh =", "L0SM9cOFvHcCIh\u{e9}=", "L0SM9cOFvHcCIhw%3D",
        ])
    func malformed(text: String) {
        #expect(ConnectionID(text) == nil)
    }

    @Test("Texts that differ only in bits that are no byte's are different ids")
    func strayBits() {
        #expect(ConnectionID("L0SM9cOFvHcCIhw=") != ConnectionID("L0SM9cOFvHcCIhx="))
    }
}
