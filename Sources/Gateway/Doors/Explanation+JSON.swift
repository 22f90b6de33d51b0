import EventPattern
import JSONText

extension Explanation {
    /// Appends the explanation as JSON, leaf by leaf:
    /// `[{"path":"detail.state","matched":false,"expected":["\"on\""],"found":["\"off\""],"cause":"…"}]`. Expected and
    /// found are the JSON texts of the values.
    func appendJSON(to text: inout [UInt8]) {
        text.append(UInt8(ascii: "["))
        for (index, leaf) in leaves.enumerated() {
            if index > 0 { text.append(UInt8(ascii: ",")) }
            text += Array(#"{"path":"#.utf8)
            JSONWriter.appendString(leaf.path.utf8, to: &text)
            text += Array(#","matched":\#(leaf.matched),"expected":"#.utf8)
            Self.append(leaf.expected, to: &text)
            text += Array(#","found":"#.utf8)
            Self.append(leaf.found, to: &text)
            if let cause = leaf.cause {
                text += Array(#","cause":"#.utf8)
                JSONWriter.appendString(cause.description.utf8, to: &text)
            }
            text.append(UInt8(ascii: "}"))
        }
        text.append(UInt8(ascii: "]"))
    }

    private static func append(_ strings: [String], to text: inout [UInt8]) {
        text.append(UInt8(ascii: "["))
        for (index, string) in strings.enumerated() {
            if index > 0 { text.append(UInt8(ascii: ",")) }
            JSONWriter.appendString(string.utf8, to: &text)
        }
        text.append(UInt8(ascii: "]"))
    }
}
