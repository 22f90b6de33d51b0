package import JSONText

/// A leaf of an event: a string, number, boolean or null, wherever it stands in objects and arrays.
package struct EventValue: Sendable {
    package let kind: JSONKind
    /// The number, when the value is one and can be compared.
    package let number: ComparableNumber?
    /// Where the text lies: a string's meaning, a number's spelling.
    package let range: Range<Int>
    /// Whether `range` refers to `EventValues.unescaped` and not to the event.
    package let isUnescaped: Bool
    /// The element of an array in which the value stands, innermost (`EventValues.elements`); 0 for none.
    package let element: Int
}
