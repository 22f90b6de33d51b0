package import Broker
import JSONText
package import NIOCore

/// The head of a request as nearly every publisher writes it, read where it lies in the bytes that arrived.
///
/// Only what every HTTP parser must read in the same way is ordinary (RFC 9112 §3 to §6): a POST with plain characters in
/// its target, each line ended by CRLF, fields of letters, digits and hyphens with one printable ASCII value behind `: `,
/// one `Host`, one `Content-Length` in plain digits, and none of the fields that change what the connection or the framing
/// means. Anything else is not read at all: requests that two parsers read differently are how requests are smuggled.
package struct OrdinaryRequest {
    package let target: Range<Int>
    package private(set) var fields = RequestHeaders.Places(reserving: usualFields)
    /// The end of the head may be there before the end of the body.
    package let body: Range<Int>

    /// Why there is no request to read.
    package enum Obstacle: Error {
        /// What is there is ordinary, and ends before the head does.
        case unfinished
        case extraordinary
    }

    /// Far below NIO's limits, far above what clients send.
    private static let headBytesMax = 8 * 1024
    private static let fieldsMax = 64
    private static let usualFields = 12

    /// Reads the head that `bytes` begin with.
    package init(_ bytes: Span<UInt8>) throws(Obstacle) {
        let head = bytes.extracting(first: Self.headBytesMax)
        var reader = Reader(endOfBytes: head.count < Self.headBytesMax ? .unfinished : .extraordinary)
        try reader.take("POST ", in: head)
        target = try reader.target(in: head)
        try reader.take(" HTTP/1.1\r\n", in: head)
        var hasHost = false
        var length: Int?
        while try reader.next(in: head) != UInt8(ascii: "\r") {
            guard fields.all.count < Self.fieldsMax else { throw .extraordinary }
            let name = try reader.name(in: head)
            try reader.take(": ", in: head)
            let value = try reader.value(in: head)
            try reader.take("\r\n", in: head)
            switch Self.meaning(of: head.extracting(name)) {
            case .none: break
            case .host:
                guard !hasHost else { throw .extraordinary }
                hasHost = true
            case .length:
                guard length == nil, let number = Self.number(head.extracting(value)) else { throw .extraordinary }
                length = number
            case .connection:
                guard Self.isSame(head.extracting(value), "keep-alive") else { throw .extraordinary }
            case .framing: throw .extraordinary
            }
            fields.append(name: name, value: value, in: head)
        }
        try reader.take("\r\n", in: head)
        guard hasHost, let length else { throw .extraordinary }
        body = reader.offset..<reader.offset + length
    }

    // MARK: The request

    /// The request, with as much of its body as has come.
    package func request(in bytes: ByteBuffer, sourceIP: String, id: RequestID) -> GatewayRequest {
        let span = bytes.readableBytesUInt8Span
        let body = span.extracting(first: body.upperBound).extracting(droppingFirst: body.lowerBound)
        return GatewayRequest(
            method: "POST", target: span.extracting(target).text, fields: RequestHeaders(fields, in: bytes),
            body: body.array, sourceIP: sourceIP, id: id)
    }

    // MARK: Fields

    /// What a field says of the message or its connection, as opposed to the application.
    private enum Meaning {
        case none, host, length, connection, framing
    }

    private static func meaning(of name: Span<UInt8>) -> Meaning {
        switch name.count {
        case 2: isSame(name, "te") ? .framing : .none
        case 4: isSame(name, "host") ? .host : .none
        case 6: isSame(name, "expect") ? .framing : .none
        case 7: isSame(name, "upgrade") || isSame(name, "trailer") ? .framing : .none
        case 10: isSame(name, "connection") ? .connection : isSame(name, "keep-alive") ? .framing : .none
        case 14:
            isSame(name, "content-length") ? .length : isSame(name, "http2-settings") ? .framing : .none
        case 16: isSame(name, "proxy-connection") ? .framing : .none
        case 17: isSame(name, "transfer-encoding") ? .framing : .none
        default: .none
        }
    }

    /// - Parameter word: in lower case; letters, digits and hyphens.
    private static func isSame(_ bytes: Span<UInt8>, _ word: StaticString) -> Bool {
        guard bytes.count == word.utf8CodeUnitCount else { return false }
        // The word's text is a constant of the program, and `index` is within it.
        for index in 0..<bytes.count where unsafe bytes[index] | 0x20 != word.utf8Start[index] { return false }
        return true
    }

    /// A number of at most nine digits, which does not begin with a zero unless it is one.
    private static func number(_ digits: Span<UInt8>) -> Int? {
        guard (1...9).contains(digits.count), digits[0] != UInt8(ascii: "0") || digits.count == 1 else { return nil }
        var number = 0
        for index in 0..<digits.count {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digits[index]) else { return nil }
            number = number * 10 + Int(digits[index] - UInt8(ascii: "0"))
        }
        return number
    }
}

extension OrdinaryRequest {
    /// Goes through the bytes of a head, which every call is given.
    private struct Reader {
        private(set) var offset = 0
        /// What it means that there are no more bytes.
        let endOfBytes: Obstacle

        init(endOfBytes: Obstacle) {
            self.endOfBytes = endOfBytes
        }

        func next(in bytes: Span<UInt8>) throws(Obstacle) -> UInt8 {
            guard offset < bytes.count else { throw endOfBytes }
            return bytes[offset]
        }

        /// Passes `text`, which must be next.
        mutating func take(_ text: StaticString, in bytes: Span<UInt8>) throws(Obstacle) {
            for index in 0..<text.utf8CodeUnitCount {
                // The text is a constant of the program, and `index` is within it.
                let expected = unsafe text.utf8Start[index]
                guard try next(in: bytes) == expected else { throw .extraordinary }
                offset += 1
            }
        }

        /// An absolute path with its query, of characters that need no encoding (RFC 3986 §2).
        mutating func target(in bytes: Span<UInt8>) throws(Obstacle) -> Range<Int> {
            let start = offset
            guard try next(in: bytes) == UInt8(ascii: "/") else { throw .extraordinary }
            while Self.isTargetCharacter(try next(in: bytes)) { offset += 1 }
            return start..<offset
        }

        mutating func name(in bytes: Span<UInt8>) throws(Obstacle) -> Range<Int> {
            let start = offset
            while Self.isNameCharacter(try next(in: bytes)) { offset += 1 }
            guard offset > start else { throw .extraordinary }
            return start..<offset
        }

        /// A value that no white space surrounds.
        mutating func value(in bytes: Span<UInt8>) throws(Obstacle) -> Range<Int> {
            let start = offset
            while offset + 8 <= bytes.count, Self.arePrintable(bytes, from: offset) { offset += 8 }
            while (0x20...0x7e).contains(try next(in: bytes)) { offset += 1 }
            guard offset > start, bytes[start] != 0x20, bytes[offset - 1] != 0x20 else { throw .extraordinary }
            return start..<offset
        }

        /// Whether the eight bytes from `offset` on are all printable ASCII: 0x20 to 0x7e.
        @inline(__always)
        private static func arePrintable(_ bytes: Span<UInt8>, from offset: Int) -> Bool {
            // All bits are an integer, and the caller has seen that there are eight bytes.
            let word = unsafe bytes.bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
            let (ones, spaces, highestBits) = (UInt64.max / 0xff, UInt64.max / 0xff * 0x20, UInt64.max / 0xff * 0x80)
            // The lowest byte that is none of them sets its highest bit: by itself, by a borrow, or by becoming 0x80. None
            // that is one of them does unless a byte below it did.
            return (word | (word &- spaces) | (word &+ ones)) & highestBits == 0
        }

        private static func isNameCharacter(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
                true
            default: false
            }
        }

        private static func isTargetCharacter(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "/"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "%"),
                UInt8(ascii: "?"), UInt8(ascii: "&"), UInt8(ascii: "="), UInt8(ascii: "+"), UInt8(ascii: "@"),
                UInt8(ascii: ":"), UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "!"), UInt8(ascii: "$"):
                true
            default: isNameCharacter(byte)
            }
        }
    }
}
