/// A JSON value of a control message: an action frame, the body of an API call, a policy, a configuration file.
///
/// Events and patterns do not come through here: the spelling of their numbers, their positions and their duplicate
/// keys matter, so they are read with `JSONText`.
///
/// Reading and writing are Jansson's (see `JSONValue+Jansson.swift`); this type is what is left of a document when
/// Jansson's memory is given back, so it is an ordinary value that may cross tasks and threads.
package indirect enum JSONValue: Hashable, Sendable {
    /// One member of an object.
    package struct Member: Hashable, Sendable {
        package let name: String
        package let value: JSONValue

        package init(_ name: String, _ value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    /// The members in the order in which they were written. Read from text, names are unique.
    case object([Member])
    case array([JSONValue])
    case string(String)
    /// A number without fraction and exponent.
    case integer(Int64)
    /// A number with a fraction or an exponent. Not finite: written as `null`, as JSON has no such number.
    case real(Double)
    case bool(Bool)
    case null
}

extension JSONValue {
    /// The value of the member `name`; nil when there is none, or when this is not an object. O(members).
    package subscript(_ name: String) -> JSONValue? {
        object?.first { $0.name == name }?.value
    }

    /// The members, when this is an object.
    package var object: [Member]? {
        if case .object(let members) = self { members } else { nil }
    }

    /// The elements, when this is an array.
    package var array: [JSONValue]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    /// The text, when this is a string.
    package var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// The number, when this is one that was written without fraction and exponent.
    package var integer: Int64? {
        if case .integer(let number) = self { number } else { nil }
    }

    /// The number, when this is one; integers beyond 2^53 are rounded.
    package var double: Double? {
        switch self {
        case .integer(let number): Double(number)
        case .real(let number): number
        default: nil
        }
    }

    /// The truth value, when this is `true` or `false`.
    package var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// What this is, in words for messages: "an object", "a string", "null".
    package var kindName: String {
        switch self {
        case .object: "an object"
        case .array: "an array"
        case .string: "a string"
        case .integer, .real: "a number"
        case .bool: "a boolean"
        case .null: "null"
        }
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByNilLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    package init(stringLiteral text: String) { self = .string(text) }
    package init(integerLiteral number: Int64) { self = .integer(number) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(nilLiteral: ()) { self = .null }
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    package init(dictionaryLiteral members: (String, JSONValue)...) {
        self = .object(members.map { Member($0.0, $0.1) })
    }
}
