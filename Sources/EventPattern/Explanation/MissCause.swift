/// The nearest likely reason for which a field of a pattern missed.
public enum MissCause: Hashable, Sendable, CustomStringConvertible {
    /// The event has no such field. `parent` is the longest part of the path that it has; nil when it has none.
    case missing(parent: String?)
    /// A field that `exists: false` forbids is there.
    case present
    /// The event has this field under a name that differs in upper and lower case only.
    case nameDiffersInCase(actual: String)
    /// The event has a field whose name is a few letters away.
    case nameMisspelt(actual: String)
    /// The event has a field of that name in another place.
    case elsewhere(actual: String)
    /// The path names an object; patterns look at its fields. `field` is one of them.
    case notALeaf(field: String?)
    /// The path goes on below a string, which holds JSON that was encoded twice.
    case stringInsteadOfObject(path: String)
    /// There is an array at `path`, and nothing in it.
    case emptyArray(path: String)
    /// The event has a number that the pattern gives as a string.
    case numberForString
    /// The event has a string that the pattern gives as a number.
    case stringForNumber
    /// The event has `true`, `false` or `null`, and the pattern gives it as a string, or the other way round.
    case wordForString
    /// The value differs in upper and lower case only.
    case valueDiffersInCase
    /// The value differs in white space around it only.
    case valueDiffersInSpace
    /// The number has more digits than a double holds, so it is compared with nothing.
    case numberNotComparable
    /// The pattern asks for a range of addresses, and the event has something else than an address.
    case notAnAddress
    /// The field matches, but only in another element of an array than the other fields.
    case otherElement
    /// A later field of the pattern has the same path and replaces this one.
    case overridden
    /// Values are there, and none of them is one that the pattern asks for.
    case valueDiffers

    /// A sentence for people: what is the case, and what to do about it.
    public var description: String {
        switch self {
        case .missing(nil): "the event has no such field"
        case .missing(let parent?): "the event has no such field; it has \(parent)"
        case .present: "the event has this field, and the pattern wants it absent"
        case .nameDiffersInCase(let actual): "the event has \(actual): names are compared with their case"
        case .nameMisspelt(let actual): "the event has no such field; did you mean \(actual)?"
        case .elsewhere(let actual): "the event has no such field here; it has \(actual)"
        case .notALeaf(let field):
            "this is an object, and patterns look at its fields" + (field.map { "; name one, such as \($0)" } ?? "")
        case .stringInsteadOfObject(let path):
            "\(path) is a string with JSON inside, not an object; publish the object itself"
        case .emptyArray(let path): "\(path) is an empty array, which has no values"
        case .numberForString: "the event has a number, the pattern a string; write the number without quotes"
        case .stringForNumber: "the event has a string, the pattern a number; strings and numbers are never equal"
        case .wordForString: "true, false and null equal only themselves, not the strings that spell them"
        case .valueDiffersInCase: #"the value differs in case only; {"equals-ignore-case":…} would match"#
        case .valueDiffersInSpace: "the value differs in the white space around it only"
        case .numberNotComparable: "the number is longer than a double holds exactly, so it is compared with nothing"
        case .notAnAddress: "the value is no IP address; one is written like 10.1.2.3 or 2001:db8::1"
        case .otherElement:
            "this matches only in another element of an array than the other fields; they must match in one element"
        case .overridden: "a later field of the pattern has the same path, and only the last one counts"
        case .valueDiffers: "no value here satisfies the pattern"
        }
    }
}
