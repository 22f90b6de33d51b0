import Broker
import NIOCore
import NIOHTTP1

/// The head of a response as it goes out: what its door says, and what every response says besides.
struct ResponseHead {
    let response: GatewayResponse
    let requestID: RequestID
    /// Of a page of another origin that may read the response.
    let origin: String?
    /// `nil` for a body whose length is not known yet.
    let length: Int?
    /// What the client must be told of the connection, if anything.
    var connection: String?

    private var status: HTTPResponseStatus { HTTPResponseStatus(statusCode: response.status) }

    /// The headers before the request's id.
    private var headersBeforeID: [(name: String, value: String)] {
        // What becomes of the connection is more than a door can know.
        connection == nil
            ? response.headers : response.headers.filter { !GatewayRequest.isSame($0.name, "connection") }
    }

    /// The headers behind the request's id, but for the length.
    private var originHeaders: [(name: String, value: String)] {
        guard let origin, response.status != 204 else { return [] }
        return CrossOrigin.headers(for: origin)
    }

    /// What `Content-Length` says, if anything.
    private var statedLength: Int? { response.status == 204 ? nil : length }

    /// For NIO's encoder.
    var parts: HTTPResponseHead {
        var headers = HTTPHeaders(headersBeforeID.map { ($0.name, $0.value) })
        headers.add(name: "x-amzn-RequestId", value: requestID.description)
        for (name, value) in originHeaders { headers.add(name: name, value: value) }
        if let statedLength { headers.add(name: "Content-Length", value: String(statedLength)) }
        if let connection { headers.add(name: "Connection", value: connection) }
        return HTTPResponseHead(version: .http1_1, status: status, headers: headers)
    }

    /// Writes what NIO's encoder would make of the whole response.
    func write(to buffer: inout ByteBuffer) {
        let (before, behind) = (headersBeforeID, originHeaders)
        let reason = status.reasonPhrase
        var bytesMax = Self.ownBytesMax + reason.utf8.count + (connection?.utf8.count ?? 0) + response.body.count
        for (name, value) in before { bytesMax += name.utf8.count + value.utf8.count + 4 }
        for (name, value) in behind { bytesMax += name.utf8.count + value.utf8.count + 4 }
        buffer.writeWithOutputRawSpan(minimumWritableBytes: bytesMax) { out in
            out.append(constant: "HTTP/1.1 ")
            out.append(decimal: Int(status.code))
            out.append(UInt8(ascii: " "))
            out.append(reason)
            for (name, value) in before { out.append(name, value) }
            out.append(constant: "\r\nx-amzn-RequestId: ")
            let id = requestID.characters
            out.append(id.span)
            for (name, value) in behind { out.append(name, value) }
            if let statedLength {
                out.append(constant: "\r\nContent-Length: ")
                out.append(decimal: statedLength)
            }
            if let connection { out.append("Connection", connection) }
            out.append(constant: "\r\n\r\n")
            out.append(response.body.span)
        }
    }

    /// What is the same in every response, and two numbers.
    private static let ownBytesMax = 160
}

extension OutputRawSpan {
    fileprivate mutating func append(_ bytes: Span<UInt8>) {
        // The pointer is read only while the span lends the bytes.
        unsafe bytes.withUnsafeBytes { unsafe append($0) }
    }

    private mutating func append(_ bytes: UnsafeRawBufferPointer) {
        precondition(bytes.count <= freeCapacity)
        unsafe withUnsafeMutableBytes { buffer, count in
            // There is room behind the `count` bytes that are there, as has just been checked.
            guard let target = buffer.baseAddress, let source = bytes.baseAddress else { return }
            unsafe target.advanced(by: count).copyMemory(from: source, byteCount: bytes.count)
            count += bytes.count
        }
    }

    fileprivate mutating func append(constant text: StaticString) {
        // The text is a constant of the program.
        unsafe append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    fileprivate mutating func append(_ text: String) {
        let utf8 = text.utf8
        append(utf8.span)
    }

    fileprivate mutating func append(_ name: String, _ value: String) {
        append(constant: "\r\n")
        append(name)
        append(constant: ": ")
        append(value)
    }

    fileprivate mutating func append(decimal number: Int) {
        if number >= 10 { append(decimal: number / 10) }
        append(UInt8(ascii: "0") + UInt8(number % 10))
    }
}
