/// Checks the grammar of structure on the tokens of an event, one byte for each: `[` `{` `]` `}` `,` `:`, a quote for a
/// string, the first byte for a number or literal. So an event is a few times shorter, and what belongs together stands
/// side by side.
///
/// The tokens are well-formed if
/// - brackets pair up (``Brackets``);
/// - `,` `:` and closing brackets, and nothing else, stand behind values and closing brackets; a closing bracket may also
///   stand behind its opening one;
/// - `:` stands behind a string which is behind `{` or `,`;
/// - behind `{` there is such a string and `:`, or `}`;
/// - all commas of an object are followed by a string and `:`, and none of an array.
///
/// That what follows `,` `:` or `[` begins a value need not be asked: whatever else could stand there is somewhere it
/// must not be.
///
/// The last rule is kept by looking from each bracket back to the one before: the container between them is the same at
/// all places there. What these places say of it must agree, and pairing compares it with the bracket that opened it.
@safe
struct TokenGrammar {
    /// The tokens that have not been checked, behind the last two that have been.
    let tokens: UnsafeMutablePointer<UInt8>
    private let brackets: UnsafeMutablePointer<Brackets>
    private var signs = Signs()

    /// What there was since the last bracket: something that only an object has; that only an array has. Each is 0 or 1.
    private struct Signs {
        var object: UInt64 = 0
        var array: UInt64 = 0
    }

    /// With so many tokens they have to be checked before the next block is read.
    static let limit = 1024
    /// How many bytes `tokens` has: those of a block are written behind the limit, and read with others behind them.
    private static let capacity = limit + 64 + Compress.room

    /// Whether a token is right can be said of those with two on either side.
    private static let margin = 2
    private static let step = 64 - 2 * margin

    init(_ brackets: UnsafeMutablePointer<Brackets>) {
        unsafe self.brackets = brackets
        unsafe tokens = .allocate(capacity: Self.capacity)
    }

    func deallocate() { unsafe tokens.deallocate() }

    /// Bytes that have been allocated.
    var bytes: Int { Self.capacity }

    /// Begins an event with its opening brace. Returns how many tokens there are then.
    mutating func begin() -> Int {
        signs = Signs()
        // What is around an event might be an array.
        for index in 0..<Self.margin { unsafe tokens[index] = UInt8(ascii: ",") }
        unsafe tokens[Self.margin] = UInt8(ascii: "{")
        return Self.margin + 1
    }

    /// Checks the first of `count` tokens, or all of them at the end of the event. Returns how many are left then, with
    /// those that are needed for the next, or nil if something is wrong.
    @inline(never)
    mutating func check(_ count: Int, isEnd: Bool) -> Int? {
        var place = unsafe UnsafePointer(tokens)
        var rest = count &- Self.margin
        var signs = self.signs
        // Two tokens behind the last one are looked at.
        let least = isEnd ? 1 : Self.step &+ Self.margin
        while rest >= least {
            let judged = (~0 &>> UInt64(truncatingIfNeeded: 64 &- min(rest, Self.step))) &<< UInt64(Self.margin)
            if unsafe !check(at: place, judged, &signs) { return nil }
            unsafe place += Self.step
            rest &-= Self.step
        }
        self.signs = signs
        if isEnd { return 0 }
        unsafe tokens.update(from: place, count: rest &+ Self.margin)
        return rest &+ Self.margin
    }

    /// Checks the tokens of the block at `address` at the positions of `judged`, and hands their brackets on.
    @inline(__always)
    private func check(at address: UnsafePointer<UInt8>, _ judged: UInt64, _ signs: inout Signs) -> Bool {
        let block = unsafe ByteBlock(at: address)
        let quotes = block.equal(to: UInt8(ascii: "\""))
        let commas = block.equal(to: UInt8(ascii: ","))
        let colons = block.equal(to: UInt8(ascii: ":"))
        let opens = block.equal(to: UInt8(ascii: "{"), setting: 0x20)
        let closes = block.equal(to: UInt8(ascii: "}"), setting: 0x20)
        let found = opens | closes
        // Of the four brackets only braces have the bits 0x79 set.
        let braces = block.equal(to: 0x7F, setting: 0x06) & found
        let separators = commas | colons | closes
        let ends = ~(commas | colons | opens)

        var wrong = (ends &<< 1 ^ separators) & ~(opens &<< 1 & closes)
        let names = (commas | (opens & braces)) &<< 1 & quotes
        wrong |= colons & ~(names &<< 1)
        wrong |= opens & braces & ~(colons &>> 2 | closes &>> 1)

        let memberCommas = commas & colons &>> 2
        let inObjects = inContainer(memberCommas, opens & braces, found, judged, &signs.object) | (closes & braces)
        let inArrays = inContainer(commas ^ memberCommas, opens & ~braces, found, judged, &signs.array)
        wrong |= inObjects & (inArrays | (closes & ~braces))
        unsafe brackets.pointee.note(kindsOf: found & judged, at: address, inObjects: inObjects)
        return wrong & judged == 0
    }

    /// The brackets before which, back to the one before, there is one of `commas`, or which follow one of `opens`.
    @inline(__always)
    private func inContainer(
        _ commas: UInt64, _ opens: UInt64, _ brackets: UInt64, _ judged: UInt64, _ carry: inout UInt64
    ) -> UInt64 {
        // Added to a run of tokens that are no brackets, a bit in it moves to the bracket behind its end.
        let behind: UInt64 = 1 &<< UInt64(Self.margin &+ Self.step)
        let starts = (commas & judged) | (opens & judged) &<< 1 | carry &<< UInt64(Self.margin)
        let sum = starts &+ (~(brackets | behind) & (~0 &<< UInt64(Self.margin)))
        carry = sum &>> UInt64(Self.margin &+ Self.step) & 1
        return sum & brackets
    }
}
