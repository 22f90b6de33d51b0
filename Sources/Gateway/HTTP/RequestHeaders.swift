package import NIOCore

/// The header fields of a request in the order received: the bytes that came, and where in them each field is.
///
/// Texts are made of what somebody asks for. A request has five to fifteen fields, of which a door wants two or three; and
/// most that is asked is whether there is a field that nearly no request has.
package struct RequestHeaders: Sendable {
    /// Where each field is, as offsets into the bytes.
    package struct Places: Sendable {
        package typealias Place = (name: Range<Int>, value: Range<Int>)

        package private(set) var all: ContiguousArray<Place> = []
        /// Those of all names.
        fileprivate private(set) var marks: UInt64 = 0

        package init(reserving count: Int) {
            all.reserveCapacity(count)
        }

        /// - Parameter bytes: those that the places lie in.
        package mutating func append(name: Range<Int>, value: Range<Int>, in bytes: Span<UInt8>) {
            let text = bytes.extracting(name)
            marks |= RequestHeaders.mark(length: text.count, last: text.isEmpty ? 0 : text[text.count - 1])
            all.append((name, value))
        }
    }

    private let bytes: ByteBuffer
    private let places: Places

    /// - Parameter bytes: what is readable of it the places lie in.
    package init(_ places: Places, in bytes: ByteBuffer) {
        self.bytes = bytes
        self.places = places
    }

    /// Fields that have been read as texts.
    package init(_ fields: some Collection<(name: String, value: String)>) {
        var bytes = ByteBuffer()
        bytes.reserveCapacity(fields.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count })
        var places = Places(reserving: fields.count)
        for field in fields {
            let name = bytes.writerIndex
            bytes.writeString(field.name)
            let value = bytes.writerIndex
            bytes.writeString(field.value)
            places.append(name: name..<value, value: value..<bytes.writerIndex, in: bytes.readableBytesUInt8Span)
        }
        self.init(places, in: bytes)
    }

    /// All fields, names as spelled by the client.
    package var all: [(name: String, value: String)] {
        places.all.map { (text($0.name), text($0.value)) }
    }

    /// Whether there is a field called `name`.
    @inline(__always)
    package func has(_ name: Name) -> Bool { place(of: name) != nil }

    /// The value of the first field called `name`.
    @inline(__always)
    package func first(_ name: Name) -> String? { place(of: name).map { text(places.all[$0].value) } }

    /// The values of all fields called `name`.
    package func values(_ name: Name) -> [String] {
        var values: [String] = []
        var next = 0
        while let index = find(name, from: next) {
            values.append(text(places.all[index].value))
            next = index + 1
        }
        return values
    }

    @inline(__always)
    private func place(of name: Name) -> Int? { places.marks & name.mark == 0 ? nil : find(name, from: 0) }

    private func find(_ name: Name, from start: Int) -> Int? {
        let bytes = bytes.readableBytesUInt8Span
        for index in start..<places.all.count where name.isSame(as: bytes.extracting(places.all[index].name)) {
            return index
        }
        return nil
    }

    private func text(_ range: Range<Int>) -> String { bytes.readableBytesUInt8Span.extracting(range).text }

    /// A bit that says something of a name in any case: with those of all names most that are missing are missed without
    /// a look.
    @inline(__always)
    fileprivate static func mark(length: Int, last: UInt8) -> UInt64 {
        1 << UInt64((length &* 7 &+ Int(last | 0x20)) & 63)
    }
}

extension RequestHeaders {
    /// What fields are called, in any case. A constant, so that its mark is one, too.
    package struct Name: ExpressibleByStringLiteral, Sendable {
        private let text: StaticString

        @inline(__always)
        package init(stringLiteral text: StaticString) {
            self.text = text
        }

        @inline(__always)
        fileprivate var mark: UInt64 {
            // The pointer is read only while the constant lends it.
            text.withUTF8Buffer { unsafe RequestHeaders.mark(length: $0.count, last: $0.last ?? 0) }
        }

        fileprivate func isSame(as name: Span<UInt8>) -> Bool {
            // As above.
            text.withUTF8Buffer { unsafe $0.count == name.count && $0.span.isSame(ignoringCase: name) }
        }
    }
}

extension Span<UInt8> {
    var text: String {
        // The pointer is read only while the span lends the bytes.
        unsafe withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }

    /// Whether the bytes are those of `other`, ASCII letters in any case.
    func isSame(ignoringCase other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        for index in 0..<count where !self[index].isSame(ignoringCase: other[index]) { return false }
        return true
    }
}

extension UInt8 {
    func isSame(ignoringCase other: UInt8) -> Bool { lowercased == other.lowercased }

    private var lowercased: UInt8 { (0x41...0x5A).contains(self) ? self | 0x20 : self }
}
