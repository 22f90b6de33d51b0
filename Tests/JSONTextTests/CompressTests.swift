import JSONText
import Testing

/// What is picked out of 64 bytes, against one byte after the other.
@Suite("Picking out of 64 bytes")
struct CompressTests {
    private static let masks: [UInt64] =
        [0, 1, 1 << 63, ~0, 0xFFFF, 0x1_FFFF, 0xAAAA_AAAA_AAAA_AAAA] + (0..<20).map { _ in .random(in: 0...(~0)) }

    @Test("Bytes, with signs and without, and positions", arguments: masks)
    func picks(mask: UInt64) throws {
        let block = (0..<64).map { UInt8($0 * 37 & 0x7F) }
        let signs = UInt64.random(in: 0...(~0))
        let picked = (0..<64).filter { mask >> UInt64($0) & 1 != 0 }
        try block.withUnsafeBufferPointer { block in
            let address = try #require(block.baseAddress)
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Compress.room) { target in
                guard let start = target.baseAddress else { return }
                Compress.bytes(mask, of: address, to: start)
                #expect(target.prefix(picked.count).elementsEqual(picked.map { block[$0] }))
                Compress.bytes(mask, of: address, signs: signs, to: start)
                let signed = picked.map { block[$0] | (signs >> UInt64($0) & 1 != 0 ? 0x80 : 0) }
                #expect(target.prefix(picked.count).elementsEqual(signed))
            }
            withUnsafeTemporaryAllocation(of: Int32.self, capacity: Compress.room) { target in
                guard let start = target.baseAddress else { return }
                Compress.positions(mask, offset: 1_000_000, to: start)
                #expect(target.prefix(picked.count).elementsEqual(picked.map { Int32($0) + 1_000_000 }))
            }
        }
    }
}
