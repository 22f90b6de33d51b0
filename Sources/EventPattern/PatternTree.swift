/// A pattern as it is written: what explains and edits it looks at. What is matched is the normal form.
package struct PatternTree: Sendable {
    /// The members of the pattern's object, in order.
    package let nodes: [Node]

    /// Where a part of the pattern stands in its text.
    package struct Place: Sendable {
        let path: JSONPath
        /// Byte offset of its first byte: of a member, of its name.
        package let offset: Int

        /// `$.detail.state[0]`.
        package var jsonPath: String { path.text }
    }

    package enum Node: Sendable {
        case leaf(Leaf)
        case object(Object)
        case or(Or)
    }

    /// A name with an object: the name becomes part of the path.
    package struct Object: Sendable {
        package let place: Place
        package let name: [UInt8]
        package let nodes: [Node]
    }

    /// `$or`: at least two objects.
    package struct Or: Sendable {
        package let place: Place
        package let branches: [[Node]]
    }

    /// A name with an array of alternatives.
    package struct Leaf: Sendable {
        package let place: Place
        /// The names from the top joined with `.`.
        package let path: [UInt8]
        package let alternatives: [Alternative]
    }

    package struct Alternative: Sendable {
        package let place: Place
        package let matcher: ValueMatcher
        /// Where its text lies in the pattern.
        package let range: Range<Int>
    }
}
