/// Picks the tokens out of the text, one byte for each, and has ``TokenGrammar`` check 60 of them at once, which are those
/// of some five blocks. So a block is left with a fifth of the work, and brackets are paired without a mispredicted branch
/// for each block; ``PlaceScan`` needs a tenth more time where ``Compress`` is a few instructions.
@safe
struct TokenScan: StructureScan {
    private let brackets: UnsafeMutablePointer<Brackets>
    /// How many brackets there are up to here, and how many containers are open.
    private var bracketCount = 1
    private var depth = 1
    private let grammar: UnsafeMutablePointer<TokenGrammar>
    private let tokens: UnsafeMutablePointer<UInt8>
    /// How many of the tokens are there.
    private var count: Int

    init(_ memory: StructureMemory) {
        unsafe brackets = memory.brackets
        unsafe grammar = memory.grammar
        count = unsafe memory.grammar.pointee.begin()
        unsafe tokens = memory.grammar.pointee.tokens
    }

    @inline(__always)
    mutating func scan(_ block: StringBlock, inScalar: UInt64) -> StructureFindings? {
        let outside = ~block.inString
        let opens = block.bytes.equal(to: UInt8(ascii: "{"), setting: 0x20) & outside
        let closes = block.bytes.equal(to: UInt8(ascii: "}"), setting: 0x20) & outside
        let separators = block.bytes.equal(to: UInt8(ascii: ",")) | block.bytes.equal(to: UInt8(ascii: ":"))
        let blanks = block.bytes.equal(to: 0x20) | block.lineSpaces
        var brackets = opens | closes
        let structure = brackets | (separators & outside)
        var findings = StructureFindings()
        findings.scalars = ~(structure | block.quotes | block.inString | blanks)
        let closed = closes.nonzeroBitCount
        if closed >= depth, let end = Self.end(opens, closes, from: depth) {
            findings.isEnd = true
            findings.live = ~0 &>> UInt64(truncatingIfNeeded: 63 &- end)
            brackets &= findings.live
            findings.scalars &= findings.live
        }
        depth &+= opens.nonzeroBitCount &- closed
        findings.behindScalars = findings.scalars &<< 1 | inScalar

        if unsafe bracketCount &+ Brackets.reserve > self.brackets.pointee.capacity {
            unsafe self.brackets.pointee.grow(keeping: bracketCount)
        }
        unsafe Compress.positions(
            brackets, offset: Int32(truncatingIfNeeded: block.offset),
            to: self.brackets.pointee.offsets + bracketCount)
        bracketCount &+= brackets.nonzeroBitCount
        let starts = structure | (block.quotes & block.inString) | (findings.scalars & ~findings.behindScalars)
        let picked = starts & findings.live
        unsafe Compress.bytes(picked, of: block.address, to: tokens + count)
        count &+= picked.nonzeroBitCount
        if count > TokenGrammar.limit {
            guard let rest = unsafe grammar.pointee.check(count, isEnd: false) else { return nil }
            count = rest
        }
        return findings
    }

    mutating func finish() -> Bool {
        unsafe grammar.pointee.check(count, isEnd: true) != nil && brackets.pointee.pair()
    }

    /// The position at which the event ends, if it does in the block with these brackets.
    @inline(never)
    private static func end(_ opens: UInt64, _ closes: UInt64, from depth: Int) -> Int? {
        var depth = depth
        var rest = opens | closes
        while rest != 0 {
            let bit = rest & (0 &- rest)
            depth += opens & bit != 0 ? 1 : -1
            if depth == 0 { return rest.trailingZeroBitCount }
            rest ^= bit
        }
        return nil
    }
}
