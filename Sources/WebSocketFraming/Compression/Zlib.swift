internal import CZlib

/// Compresses messages as permessage-deflate sends them (RFC 7692 §7.2.1), each for itself: without context takeover, so
/// the bytes do not depend on the connection, and one compressor serves all of a thread.
///
/// Invariant that makes the pointer safe: only this object has it, from `init` to `deinit`; zlib keeps pointers to a
/// message and to the output only within one call, in which both stay where they are.
@safe package final class MessageDeflater {
    private let stream: UnsafeMutablePointer<z_stream>
    private var output: [UInt8] = []

    /// Beyond this the space for a large message is given back.
    private static let keptBytesMax = 64 * 1024

    /// - Parameter windowBits: the power of two of the farthest repetition, 9 to 15 (zlib knows no 8).
    package init(windowBits: Int) {
        precondition((9...15).contains(windowBits), "zlib deflates with 9 to 15 window bits, not \(windowBits)")
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        // Level 1 saves nearly what level 6 does of a short JSON text. A table of hashes that fits a small window: a
        // larger one would have to be emptied for every message.
        let code = unsafe lambdaless_deflate_init(stream, 1, CInt(windowBits), CInt(min(windowBits - 7, 8)))
        precondition(code == Z_OK, "zlib cannot begin to deflate: \(code)")
    }

    deinit {
        unsafe deflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// Hands the compressed form of `message` to `body`.
    package func withDeflated<Result>(_ message: Span<UInt8>, _ body: (Span<UInt8>) -> Result) -> Result {
        let capacity = unsafe Int(deflateBound(stream, UInt(message.count))) + 16
        if output.count < capacity { output = [UInt8](repeating: 0, count: capacity) }
        defer { if output.count > Self.keptBytesMax { output = [] } }
        let written = unsafe message.withUnsafeBufferPointer { input in
            unsafe output.withUnsafeMutableBufferPointer { output in
                unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                unsafe stream.pointee.avail_in = UInt32(input.count)
                unsafe stream.pointee.next_out = output.baseAddress
                unsafe stream.pointee.avail_out = UInt32(output.count)
                let code = unsafe deflate(stream, Z_SYNC_FLUSH)
                let rest = unsafe stream.pointee.avail_in
                precondition(code == Z_OK && rest == 0, "zlib did not deflate a whole message: \(code)")
                return unsafe output.count - Int(stream.pointee.avail_out)
            }
        }
        unsafe deflateReset(stream)
        // A flush ends with an empty block, 00 00 FF FF, which the receiver adds again.
        return body(output.span.extracting(0..<(written - 4)))
    }
}

@available(*, unavailable)
extension MessageDeflater: Sendable {}

/// Reads messages that clients compressed without context takeover (RFC 7692 §7.2.2): one inflater serves all
/// connections of a thread.
///
/// The invariant is that of ``MessageDeflater``.
@safe package final class MessageInflater {
    package enum Failure: Error {
        /// What came is not in the format of RFC 1951, or ends within a block.
        case invalid
        /// The message is longer than it may be; no more of it was inflated than that.
        case tooLong
    }

    private let stream: UnsafeMutablePointer<z_stream>
    private var output = [UInt8](repeating: 0, count: 16 * 1024)

    /// What ends each message and is not sent.
    private static let tail: [UInt8] = [0x00, 0x00, 0xFF, 0xFF]

    package init() {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        let code = unsafe lambdaless_inflate_init(stream, 15)
        precondition(code == Z_OK, "zlib cannot begin to inflate: \(code)")
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// The message whose compressed form is `payload`; an empty payload is an empty message.
    package func inflate(_ payload: [UInt8], bytesMax: Int) throws(Failure) -> [UInt8] {
        if payload.isEmpty { return [] }
        unsafe inflateReset(stream)
        var message: [UInt8] = []
        var input = payload
        input += Self.tail
        var position = 0
        while true {
            let (code, read, written) = step(input, from: position)
            position += read
            guard written <= bytesMax - message.count else { throw .tooLong }
            message.append(contentsOf: output[..<written])
            switch code {
            case Z_STREAM_END:
                // A last block, behind which another stream may follow (RFC 7692 §7.2.3.4), or only our tail.
                if input.count - position <= Self.tail.count { return message }
                unsafe inflateReset(stream)
            case Z_OK, Z_BUF_ERROR:
                guard position == input.count else { continue }
                // Asked at once: a further call would begin a block, and forget that it was between two.
                if isBetweenBlocks { return message }
                guard written == output.count else { throw .invalid }
            default:
                throw .invalid
            }
        }
    }

    /// One call of zlib: its code, how much it read and how much it wrote.
    private func step(_ input: [UInt8], from position: Int) -> (code: CInt, read: Int, written: Int) {
        unsafe input.withUnsafeBufferPointer { input in
            unsafe output.withUnsafeMutableBufferPointer { output in
                let rest = input.extracting(position...)
                unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: rest.baseAddress)
                unsafe stream.pointee.avail_in = UInt32(rest.count)
                unsafe stream.pointee.next_out = output.baseAddress
                unsafe stream.pointee.avail_out = UInt32(output.count)
                let code = unsafe CZlib.inflate(stream, Z_SYNC_FLUSH)
                let unread = unsafe Int(stream.pointee.avail_in)
                let free = unsafe Int(stream.pointee.avail_out)
                return (code, rest.count - unread, output.count - free)
            }
        }
    }

    /// zlib says so in bit 7 of its data type.
    private var isBetweenBlocks: Bool { unsafe stream.pointee.data_type & 128 != 0 }
}

@available(*, unavailable)
extension MessageInflater: Sendable {}
