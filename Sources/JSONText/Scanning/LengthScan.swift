/// Notices numbers and strings that may be longer than is accepted (`JSONLimits`), by the blocks that they fill.
struct LengthScan {
    private var scalarBlocks = 0
    /// Blocks in a row that lie in one string, and the offset of the last of them.
    private var stringBlocks = 0
    private var lastStringBlock = -64

    /// Whether there may be a number of more than 1,000 or a string of more than 50,000 bytes.
    private(set) var isSuspect = false

    /// Notes a block that is all number.
    @inline(never)
    mutating func noteScalarBlock() {
        scalarBlocks += 1
        if scalarBlocks > 12 { isSuspect = true }
    }

    /// Notes that the block at `offset` lies in one string.
    @inline(never)
    mutating func noteStringBlock(_ offset: Int) {
        stringBlocks = lastStringBlock == offset - 64 ? stringBlocks + 1 : 1
        lastStringBlock = offset
        if stringBlocks > 750 { isSuspect = true }
    }
}
