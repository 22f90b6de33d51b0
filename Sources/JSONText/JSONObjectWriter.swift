/// One JSON object on one line, written member by member.
package struct JSONObjectWriter {
    private var text: [UInt8] = [UInt8(ascii: "{")]

    package init() {}

    package mutating func add(_ name: String, _ value: String) { add(name, string: value.utf8) }

    /// - Parameter string: a string's meaning, UTF-8 or as `JSONReader.unescape` gives it.
    package mutating func add(_ name: String, string: some Sequence<UInt8>) {
        begin(name)
        JSONWriter.appendString(string, to: &text)
    }

    /// - Parameter json: JSON text, taken as it is.
    package mutating func add(_ name: String, json: some Sequence<UInt8>) {
        begin(name)
        text.append(contentsOf: json)
    }

    package mutating func add(_ name: String, _ value: Int) { add(name, json: String(value).utf8) }
    package mutating func add(_ name: String, _ value: Bool) { add(name, json: (value ? "true" : "false").utf8) }

    /// The object, without a line feed.
    package var line: [UInt8] { text + [UInt8(ascii: "}")] }

    private mutating func begin(_ name: String) {
        if text.count > 1 { text.append(UInt8(ascii: ",")) }
        JSONWriter.appendString(name.utf8, to: &text)
        text.append(UInt8(ascii: ":"))
    }
}
