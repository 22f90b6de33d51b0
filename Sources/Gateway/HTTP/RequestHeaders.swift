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
        /// The lengths that names have, one bit each: with it most fields that are missing are missed without a look.
        private var nameLengths: UInt64 = 0

        package init(reserving count: Int) {
            all.reserveCapacity(count)
        }

        package mutating func append(name: Range<Int>, value: Range<Int>) {
            nameLengths |= Self.bit(of: name.count)
            all.append((name, value))
        }

        /// Whether no name is `length` bytes long.
        @inline(__always)
        func lack(nameLength length: Int) -> Bool { nameLengths & Self.bit(of: length) == 0 }

        /// The last bit stands for all names that are too long for one of their own.
        private static func bit(of length: Int) -> UInt64 { 1 << UInt64(min(length, 63)) }
    }

    private var bytes: ByteBuffer
    private var places: Places

    /// - Parameter bytes: what is readable of it the places lie in.
    package init(_ places: Places, in bytes: ByteBuffer) {
        self.bytes = bytes
        self.places = places
    }

    /// Fields that have been read as texts.
    package init(_ fields: some Collection<(name: String, value: String)>) {
        bytes = ByteBuffer()
        places = Places(reserving: fields.count)
        for field in fields {
            let name = bytes.writerIndex
            bytes.writeString(field.name)
            let value = bytes.writerIndex
            bytes.writeString(field.value)
            places.append(name: name..<value, value: value..<bytes.writerIndex)
        }
    }

    /// All fields, names as spelled by the client.
    package var all: [(name: String, value: String)] {
        places.all.map { (text($0.name), text($0.value)) }
    }

    /// Whether there is a field called `name`, in any case.
    package func has(_ name: String) -> Bool { place(of: name) != nil }

    /// The value of the first field called `name`, in any case.
    package func first(_ name: String) -> String? {
        place(of: name).map { text(places.all[$0].value) }
    }

    /// The values of all fields called `name`, in any case.
    package func values(_ name: String) -> [String] {
        var values: [String] = []
        var next = 0
        while let index = place(of: name, from: next) {
            values.append(text(places.all[index].value))
            next = index + 1
        }
        return values
    }

    private func place(of name: String, from start: Int = 0) -> Int? {
        let length = name.utf8.count
        if places.lack(nameLength: length) { return nil }
        let (utf8, bytes) = (name.utf8, bytes.readableBytesUInt8Span)
        let wanted = utf8.span
        for index in start..<places.all.count {
            let range = places.all[index].name
            if range.count == length, bytes.extracting(range).isSame(ignoringCase: wanted) { return index }
        }
        return nil
    }

    private func text(_ range: Range<Int>) -> String { bytes.readableBytesUInt8Span.extracting(range).text }
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
