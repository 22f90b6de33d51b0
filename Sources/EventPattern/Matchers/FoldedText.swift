internal import JSONText

/// A string to compare without regard to case, the way Event Ruler does (EqualsIgnoreCaseParser.java): of every
/// character of the *pattern*, the value has the lower-case or the upper-case form (Unicode's, of no language). That is
/// not symmetric: the pattern `ß` matches `SS`, the pattern `SS` does not match `ß`.
package struct FoldedText: Hashable, Sendable {
    /// What a value may have for one character.
    package struct Forms: Hashable, Sendable {
        package let lower: [UInt8]
        package let upper: [UInt8]
    }

    /// The string in its canonical spelling: lower case where that means the same, otherwise as the pattern has it. So
    /// patterns that differ in nothing but case are equal.
    package let text: [UInt8]
    package let characters: [Forms]

    init(_ text: [UInt8]) {
        let characters = text.codePoints.map { (bytes: $0, forms: Self.forms(of: $0)) }
        self.characters = characters.map(\.forms)
        self.text = characters.flatMap { character in
            let lower = character.forms.lower
            return lower.codePoints.count == 1 && Self.forms(of: lower) == character.forms ? lower : character.bytes
        }
    }

    private static func forms(of character: [UInt8]) -> Forms {
        guard let scalar = String(validating: character, as: UTF8.self)?.unicodeScalars.first else {
            return Forms(lower: character, upper: character)
        }
        return Forms(
            lower: Array(scalar.properties.lowercaseMapping.utf8), upper: Array(scalar.properties.uppercaseMapping.utf8)
        )
    }

    func equals(_ value: Span<UInt8>) -> Bool { prefixLength(value) == value.count }

    func isPrefix(of value: Span<UInt8>) -> Bool { prefixLength(value) != nil }

    func isSuffix(of value: Span<UInt8>) -> Bool {
        var end = value.count
        for forms in characters.reversed() {
            let rest = value.extracting(0..<end)
            guard let form = [forms.lower, forms.upper].first(where: { rest.hasSuffix($0) }) else { return false }
            end -= form.count
        }
        return true
    }

    /// How many bytes of the value's start the pattern takes; nil when it does not stand there. No form of a character
    /// starts or ends with another form of it, so there is never a choice.
    private func prefixLength(_ value: Span<UInt8>) -> Int? {
        var place = 0
        for forms in characters {
            let rest = value.extracting(place..<value.count)
            guard let form = [forms.lower, forms.upper].first(where: { rest.hasPrefix($0) }) else { return nil }
            place += form.count
        }
        return place
    }
}

extension [UInt8] {
    /// The bytes of each character of UTF-8 text; lone surrogates in their three-byte form are characters, too.
    var codePoints: [[UInt8]] {
        var points: [[UInt8]] = []
        for byte in self {
            if byte & 0xC0 == 0x80, !points.isEmpty {
                points[points.count - 1].append(byte)
            } else {
                points.append([byte])
            }
        }
        return points
    }
}
