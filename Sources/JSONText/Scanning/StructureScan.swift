/// The check of brackets, commas, colons, and of where values may stand: one block after the other, given what is a string.
///
/// Outside strings and white space each byte belongs to one sort of token: `[` or `{`, `]` or `}`, `,`, `:`, a quote, or
/// a scalar (number or literal). There are two ways to check how they follow each other, which accept the same texts:
/// ``PlaceScan`` does it in the text, ``TokenScan`` once the tokens have been picked out of it, for which not all
/// processors have what it takes.
protocol StructureScan {
    /// Begins an event whose opening brace has been read.
    init(_ memory: StructureMemory)

    /// Checks a block. Returns nil if something is found to be wrong.
    mutating func scan(_ block: StringBlock, inScalar: UInt64) -> StructureFindings?

    /// Checks what has not been when the event has ended. Returns whether all of it is right.
    mutating func finish() -> Bool
}

/// What a ``StructureScan`` writes to. The scanner owns it, and uses nothing of it meanwhile.
///
/// Invariant: the pointers are valid for as long as the scan.
@safe
struct StructureMemory {
    let brackets: UnsafeMutablePointer<Brackets>
    let grammar: UnsafeMutablePointer<TokenGrammar>
}

/// A block of which it is known what is a string.
///
/// Invariant: 64 bytes can be read at `address`.
@safe
struct StringBlock {
    let bytes: ByteBlock
    /// Of the block, and its offset in the event's bytes.
    let address: UnsafePointer<UInt8>
    let offset: Int
    let quotes: UInt64
    /// From each opening quote to before the closing one.
    let inString: UInt64
    /// White space other than U+0020.
    let lineSpaces: UInt64
}

/// What a ``StructureScan`` finds in a block.
struct StructureFindings {
    /// The positions up to the event's end; all if that is not in the block.
    var live: UInt64 = ~0
    /// Whether the event's end is in the block.
    var isEnd = false
    /// The positions of numbers and literals, none of them behind the event's end.
    var scalars: UInt64 = 0
    /// The positions right behind these.
    var behindScalars: UInt64 = 0
}
