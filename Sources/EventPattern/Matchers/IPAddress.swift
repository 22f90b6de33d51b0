internal import JSONText

/// An IP address literal as Java's `InetAddress` reads it: four decimal groups (`010.0.0.1` is 10.0.0.1), or hexadecimal
/// groups with colons; no zone, no dotted form inside IPv6. An IPv4-mapped IPv6 literal *is* the IPv4 address.
package struct IPAddress: Hashable, Sendable {
    package enum Family: Hashable, Sendable {
        case v4
        case v6
    }

    package let family: Family
    /// The address as a number, the first byte most significant.
    package let bits: UInt128

    /// 32 or 128.
    package var width: Int { family == .v4 ? 32 : 128 }

    /// Whether `text` has the outer form of a literal, so that an error may call it an invalid one (CIDR.java:15).
    static func looksLikeAddress(_ text: Span<UInt8>) -> Bool {
        var colons = 0
        var others = false
        for index in text.indices {
            if text[index] == UInt8(ascii: ":") {
                colons += 1
            } else if text[index].hexDigitValue == nil {
                others = true
            }
        }
        return (colons > 0 && !others) || decimalGroups(text) != nil
    }

    /// Nil when `text` is no address literal.
    package init?(_ text: Span<UInt8>) {
        if let groups = Self.decimalGroups(text) {
            // Java reads no IPv4 literal of more than 15 characters.
            guard text.count <= 15, groups.allSatisfy({ $0 <= 255 }) else { return nil }
            family = .v4
            bits = groups.reduce(0) { $0 << 8 | UInt128($1) }
            return
        }
        guard let bits = Self.colonGroups(text) else { return nil }
        if bits >> 32 == 0xFFFF {
            family = .v4
            self.bits = bits & 0xFFFF_FFFF
        } else {
            family = .v6
            self.bits = bits
        }
    }

    /// Four groups of decimal digits with points between, of whatever size (256 stands for all that is larger).
    private static func decimalGroups(_ text: Span<UInt8>) -> [Int]? {
        var groups: [Int] = []
        var value: Int?
        for index in text.indices {
            let byte = text[index]
            if let digit = byte.decimalDigitValue {
                value = min((value ?? 0) * 10 + Int(digit), 256)
            } else if byte == UInt8(ascii: "."), let group = value, groups.count < 3 {
                groups.append(group)
                value = nil
            } else {
                return nil
            }
        }
        guard groups.count == 3, let last = value else { return nil }
        return groups + [last]
    }

    /// Up to eight groups of hexadecimal digits, `::` at most once for the missing ones.
    private static func colonGroups(_ text: Span<UInt8>) -> UInt128? {
        guard text.count >= 2 else { return nil }
        var groups: [UInt128] = []
        var gap: Int?
        var value: UInt128?
        var index = 0
        if text[0] == UInt8(ascii: ":") {
            guard text[1] == UInt8(ascii: ":") else { return nil }
            index = 1
        }
        while index < text.count {
            let byte = text[index]
            index += 1
            if let digit = byte.hexDigitValue {
                value = (value ?? 0) << 4 | UInt128(digit)
                if let value, value > 0xFFFF { return nil }
            } else if byte == UInt8(ascii: ":") {
                if let group = value {
                    guard index < text.count, groups.count < 8 else { return nil }
                    groups.append(group)
                    value = nil
                } else {
                    guard gap == nil else { return nil }
                    gap = groups.count
                }
            } else {
                return nil
            }
        }
        if let group = value { groups.append(group) }
        if let gap {
            guard groups.count < 8 else { return nil }
            groups.insert(contentsOf: repeatElement(0, count: 8 - groups.count), at: gap)
        }
        guard groups.count == 8 else { return nil }
        return groups.reduce(0) { $0 << 16 | $1 }
    }

    /// The one way to write this address here: dotted decimal, or RFC 5952.
    package var canonicalText: String {
        if family == .v4 {
            return [24, 16, 8, 0].map { String(bits >> UInt128($0) & 0xFF) }.joined(separator: ".")
        }
        let groups = (0..<8).map { UInt16(truncatingIfNeeded: bits >> UInt128(112 - 16 * $0)) }
        var best = 0..<0
        var start = 0
        while start < 8 {
            var end = start
            while end < 8, groups[end] == 0 { end += 1 }
            if end - start > max(best.count, 1) { best = start..<end }
            start = max(end, start + 1)
        }
        let texts = groups.map { String($0, radix: 16) }
        guard !best.isEmpty else { return texts.joined(separator: ":") }
        return texts[..<best.lowerBound].joined(separator: ":") + "::"
            + texts[best.upperBound...].joined(separator: ":")
    }
}

/// A block of addresses: those that share their first `prefixLength` bits with `address`, in the same family only.
package struct AddressBlock: Hashable, Sendable {
    /// The first address of the block: host bits are cleared.
    package let first: IPAddress
    package let prefixLength: Int

    /// - Parameter prefixLength: 0 up to, not including, the width of the address.
    package init(_ address: IPAddress, prefixLength: Int) {
        let hostBits = UInt128(address.width - prefixLength)
        first = IPAddress(family: address.family, bits: hostBits >= 128 ? 0 : (address.bits >> hostBits) << hostBits)
        self.prefixLength = prefixLength
    }

    func contains(_ address: IPAddress) -> Bool {
        guard address.family == first.family else { return false }
        let hostBits = UInt128(first.width - prefixLength)
        return hostBits >= 128 || address.bits >> hostBits == first.bits >> hostBits
    }
}

extension IPAddress {
    fileprivate init(family: Family, bits: UInt128) {
        self.family = family
        self.bits = bits
    }
}
