/// Compares values with the operands of tests, as ``Operand`` lays them out.
///
/// Invariant: the operands were written by ``Operand`` and the lengths in them are right; values are readable to their
/// length.
@safe
struct OperandReader {
    private var cursor: UnsafePointer<UInt8>

    @inline(__always)
    init(_ operand: UnsafePointer<UInt8>) {
        unsafe cursor = operand
    }

    /// The next 32-bit number.
    @inline(__always)
    private mutating func count() -> Int {
        let value = unsafe UnsafeRawPointer(cursor).loadUnaligned(as: UInt32.self)
        unsafe cursor += 4
        return Int(UInt32(littleEndian: value))
    }

    /// The next byte string.
    @inline(__always)
    private mutating func string() -> UnsafeBufferPointer<UInt8> {
        let length = count()
        defer { unsafe cursor += length }
        return unsafe UnsafeBufferPointer(start: cursor, count: length)
    }

    @inline(__always)
    private static func has(
        _ text: UnsafePointer<UInt8>, _ part: UnsafeBufferPointer<UInt8>, at place: Int
    ) -> Bool {
        guard let start = part.baseAddress else { return true }
        return unsafe ByteHash.equal(text + place, start, part.count)
    }

    // MARK: Wildcards

    /// Whether a string matches a wildcard. `Wildcard` does the same with arrays of parts, which here would be references to
    /// count.
    ///
    /// - Complexity: the inner parts are looked for once each, leftmost, together at most the length of the string times
    ///   that of a part.
    static func matches(wildcard: UnsafePointer<UInt8>, _ text: UnsafePointer<UInt8>, _ length: Int) -> Bool {
        var reader = unsafe OperandReader(wildcard)
        let parts = reader.count()
        let first = unsafe reader.string()
        if parts == 1 { return unsafe first.count == length && has(text, first, at: 0) }
        guard first.count <= length, unsafe has(text, first, at: 0) else { return false }
        var place = first.count
        for _ in 1..<parts - 1 {
            let part = unsafe reader.string()
            guard let found = unsafe find(part, in: text, from: place, to: length) else { return false }
            place = found + part.count
        }
        let last = unsafe reader.string()
        return unsafe last.count <= length - place && has(text, last, at: length - last.count)
    }

    /// The parts of a wildcard.
    static func parts(ofWildcard operand: UnsafePointer<UInt8>) -> [[UInt8]] {
        var reader = unsafe OperandReader(operand)
        return (0..<reader.count()).map { _ in unsafe Array(reader.string()) }
    }

    @inline(__always)
    private static func find(
        _ part: UnsafeBufferPointer<UInt8>, in text: UnsafePointer<UInt8>, from start: Int, to end: Int
    ) -> Int? {
        guard part.count > 0 else { return start }
        let first = unsafe part[0]
        var place = start
        while place + part.count <= end {
            if unsafe text[place] == first, unsafe has(text, part, at: place) { return place }
            place += 1
        }
        return nil
    }

    // MARK: Ignoring case

    /// How many bytes of the value's start the folded text takes; nil when it does not stand there.
    static func prefixLength(folded: UnsafePointer<UInt8>, _ text: UnsafePointer<UInt8>, _ length: Int) -> Int? {
        var reader = unsafe OperandReader(folded)
        var place = 0
        for _ in 0..<reader.count() / 2 {
            let lower = unsafe reader.string()
            let upper = unsafe reader.string()
            if unsafe lower.count <= length - place && has(text, lower, at: place) {
                place += lower.count
            } else if unsafe upper.count <= length - place && has(text, upper, at: place) {
                place += upper.count
            } else {
                return nil
            }
        }
        return place
    }

    /// Whether the value ends with the folded text, whose characters stand in reverse order.
    static func isSuffix(folded: UnsafePointer<UInt8>, _ text: UnsafePointer<UInt8>, _ length: Int) -> Bool {
        var reader = unsafe OperandReader(folded)
        var end = length
        for _ in 0..<reader.count() / 2 {
            let lower = unsafe reader.string()
            let upper = unsafe reader.string()
            if unsafe lower.count <= end && has(text, lower, at: end - lower.count) {
                end -= lower.count
            } else if unsafe upper.count <= end && has(text, upper, at: end - upper.count) {
                end -= upper.count
            } else {
                return false
            }
        }
        return true
    }

    // MARK: Anything but

    /// How many strings or numbers are excluded.
    static func partCount(ofExclusion operand: UnsafePointer<UInt8>) -> Int {
        var reader = unsafe OperandReader(operand + 1)
        return reader.count()
    }

    /// The strings or numbers that are excluded.
    static func parts(ofExclusion operand: UnsafePointer<UInt8>) -> [[UInt8]] {
        unsafe parts(ofWildcard: operand + 1)
    }

    /// What is excluded: strings of some kind, or numbers.
    static func excludesNumbers(_ exclusion: UnsafePointer<UInt8>) -> Bool {
        unsafe exclusion[0] == TestKind.number.rawValue
    }

    /// Whether a string is among those excluded.
    static func excludes(_ exclusion: UnsafePointer<UInt8>, _ text: UnsafePointer<UInt8>, _ length: Int) -> Bool {
        let kind = unsafe TestKind(rawValue: exclusion[0])
        var reader = unsafe OperandReader(exclusion + 1)
        for _ in 0..<reader.count() {
            let part = unsafe reader.string()
            guard let start = part.baseAddress else { continue }
            let isExcluded =
                switch kind {
                case .string: unsafe part.count == length && has(text, part, at: 0)
                case .prefix: unsafe part.count <= length && has(text, part, at: 0)
                case .suffix: unsafe part.count <= length && has(text, part, at: length - part.count)
                case .casedText: unsafe prefixLength(folded: start, text, length) == length
                case .wildcard: unsafe matches(wildcard: start, text, length)
                default: false
                }
            if isExcluded { return true }
        }
        return false
    }

    /// Whether a number is among those excluded; the caller makes sure that it can be compared.
    static func excludes(_ exclusion: UnsafePointer<UInt8>, number: Double) -> Bool {
        var reader = unsafe OperandReader(exclusion + 1)
        for _ in 0..<reader.count() {
            let part = unsafe reader.string()
            guard let start = part.baseAddress else { continue }
            let bits = unsafe UnsafeRawPointer(start).loadUnaligned(as: UInt64.self)
            if UInt64(littleEndian: bits) == number.bitPattern { return true }
        }
        return false
    }
}
