internal import CJansson

extension JSONValue {
    /// How deep arrays and objects may nest; EventBridge takes no more either. Jansson's own limit of 2,048 would let
    /// the walk through a document use more stack than a small thread has.
    package static let depthLimit = 1_000

    /// Reads one JSON document (RFC 8259; any value may be at the top).
    ///
    /// Of members with the same name the last one counts, at the place of the first, as AWS's parsers have it.
    /// `\u0000` is kept in strings. Cost: O(bytes), two copies while reading.
    ///
    /// - Throws: `JSONFault` for text that is not JSON or not UTF-8, text after the value, numbers outside of `Int64`
    ///   and `Double`, `\u0000` in a member name, half a surrogate pair, or nesting beyond `depthLimit`.
    package init(parsing bytes: [UInt8]) throws(JSONFault) {
        let document = try JanssonDocument(parsing: bytes)
        self = try document.value()
    }

    /// The document as compact JSON text in UTF-8. Real numbers have 17 digits, so they read back as the same double.
    package func serialized() -> [UInt8] {
        JanssonDocument(building: self).text()
    }
}

/// The owner of one Jansson tree. Every pointer of Jansson lives and dies in this file.
///
/// Invariant that makes it safe: `root` is one counted reference that only this value owns (it cannot be copied), and
/// every other pointer is borrowed from that tree within one call.
@safe private struct JanssonDocument: ~Copyable {
    private let root: UnsafeMutablePointer<json_t>

    init(parsing bytes: [UInt8]) throws(JSONFault) {
        guard !bytes.isEmpty else { throw JSONFault(reason: "the text is empty", line: 1, column: 0) }
        var error = json_error_t()
        let root = unsafe bytes.withUnsafeBytes { buffer in
            let start = unsafe buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
            return unsafe json_loadb(start, buffer.count, Int(JSON_DECODE_ANY | JSON_ALLOW_NUL), &error)
        }
        guard let root = unsafe root else { throw JSONFault(error) }
        unsafe self.root = root
    }

    init(building value: JSONValue) {
        unsafe self.root = unsafe Self.node(value)
    }

    deinit { unsafe json_decref(root) }

    func value() throws(JSONFault) -> JSONValue {
        try unsafe Self.value(root, depth: 0)
    }

    func text() -> [UInt8] {
        let flags = Int(JSON_COMPACT | JSON_ENCODE_ANY)
        let count = unsafe json_dumpb(root, nil, 0, flags)
        return unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            let written = unsafe UnsafeMutableRawPointer(buffer.baseAddress).map {
                unsafe json_dumpb(root, $0.assumingMemoryBound(to: CChar.self), count, flags)
            }
            initialized = min(written ?? 0, count)
        }
    }
}

extension JanssonDocument {
    private static func value(_ node: UnsafeMutablePointer<json_t>, depth: Int) throws(JSONFault) -> JSONValue {
        switch unsafe lambdaless_json_type(node) {
        case JSON_OBJECT:
            try checkDepth(depth)
            var members: [JSONValue.Member] = []
            unsafe members.reserveCapacity(json_object_size(node))
            var iterator = unsafe json_object_iter(node)
            while let entry = unsafe iterator {
                let name = unsafe string(json_object_iter_key(entry), json_object_iter_key_len(entry))
                if let child = unsafe json_object_iter_value(entry) {
                    members.append(.init(name, try unsafe value(child, depth: depth + 1)))
                }
                unsafe iterator = json_object_iter_next(node, entry)
            }
            return .object(members)
        case JSON_ARRAY:
            try checkDepth(depth)
            var elements: [JSONValue] = []
            let count = unsafe json_array_size(node)
            elements.reserveCapacity(count)
            for index in 0..<count {
                if let child = unsafe json_array_get(node, index) {
                    elements.append(try unsafe value(child, depth: depth + 1))
                }
            }
            return .array(elements)
        case JSON_STRING: return unsafe .string(string(json_string_value(node), json_string_length(node)))
        case JSON_INTEGER: return unsafe .integer(Int64(json_integer_value(node)))
        case JSON_REAL: return unsafe .real(json_real_value(node))
        case JSON_TRUE: return .bool(true)
        case JSON_FALSE: return .bool(false)
        default: return .null
        }
    }

    private static func checkDepth(_ depth: Int) throws(JSONFault) {
        // Jansson keeps no positions in its tree, so the place is that of the document.
        guard depth < JSONValue.depthLimit else {
            throw JSONFault(
                reason: "arrays and objects nest deeper than \(JSONValue.depthLimit) levels", line: 1, column: 1)
        }
    }

    private static func string(_ start: UnsafePointer<CChar>?, _ count: Int) -> String {
        let bytes = unsafe UnsafeRawBufferPointer(start: start, count: unsafe start == nil ? 0 : count)
        return unsafe String(decoding: bytes, as: UTF8.self)
    }

    /// A new tree, owned by the caller. Jansson gives a null pointer only when memory has run out: then, as Swift does,
    /// the process ends.
    private static func node(_ value: JSONValue) -> UnsafeMutablePointer<json_t> {
        switch value {
        case .object(let members):
            let object = unsafe json_object()!
            for member in members {
                let child = unsafe node(member.value)
                unsafe withText(member.name) { unsafe json_object_setn_new_nocheck(object, $0, $1, child) }
            }
            return unsafe object
        case .array(let elements):
            let array = unsafe json_array()!
            for element in elements { unsafe json_array_append_new(array, node(element)) }
            return unsafe array
        case .string(let text): return unsafe withText(text) { unsafe json_stringn_nocheck($0, $1)! }
        case .integer(let number): return unsafe json_integer(json_int_t(number))!
        case .real(let number): return unsafe number.isFinite ? json_real(number)! : json_null()!
        case .bool(let value): return unsafe value ? json_true()! : json_false()!
        case .null: return unsafe json_null()!
        }
    }

    /// A Swift string is valid UTF-8, which is why the `nocheck` functions are right here.
    @discardableResult
    private static func withText<Result>(_ text: String, _ body: (UnsafePointer<CChar>, Int) -> Result) -> Result {
        let count = text.utf8.count
        return unsafe text.withCString { unsafe body($0, count) }
    }
}

extension JSONFault {
    fileprivate init(_ error: json_error_t) {
        var text = error.text
        let reason = unsafe withUnsafeBytes(of: &text) { buffer in
            unsafe String(decoding: buffer.prefix { $0 != 0 }, as: UTF8.self)
        }
        self.init(reason: reason, line: Int(error.line), column: Int(error.column))
    }
}
