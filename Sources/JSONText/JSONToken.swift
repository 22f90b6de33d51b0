/// What `JSONTokenizer` finds next.
package enum JSONToken: Sendable {
    case objectStart
    case objectEnd
    case arrayStart
    case arrayEnd
    case name
    case string
    case number
    case `true`
    case `false`
    case null

    /// The kind of value that starts with this token; nil for names and closing brackets.
    package var kind: JSONKind? {
        switch self {
        case .objectStart: .object
        case .arrayStart: .array
        case .string: .string
        case .number: .number
        case .true: .true
        case .false: .false
        case .null: .null
        case .objectEnd, .arrayEnd, .name: nil
        }
    }
}
