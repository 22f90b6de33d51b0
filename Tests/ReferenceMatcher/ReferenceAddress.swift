/// An address literal: 4 or 16 bytes.
struct ReferenceAddress: Equatable {
    let bytes: [UInt8]

    init?(_ text: [UInt8]) {
        let text = String(decoding: text, as: UTF8.self)
        if let bytes = Self.v4(text) ?? Self.v6(text) {
            self.bytes = bytes
        } else {
            return nil
        }
    }

    private static func v4(_ text: String) -> [UInt8]? {
        guard text.utf8.count <= 15 else { return nil }
        let groups = text.split(separator: ".", omittingEmptySubsequences: false)
        guard groups.count == 4 else { return nil }
        var bytes: [UInt8] = []
        for group in groups {
            guard !group.isEmpty, group.utf8.allSatisfy({ (48...57).contains($0) }), let byte = UInt8(group) else {
                return nil
            }
            bytes.append(byte)
        }
        return bytes
    }

    private static func v6(_ text: String) -> [UInt8]? {
        let halves = split(text)
        guard halves.count <= 2 else { return nil }
        var groups: [[UInt16]] = []
        for half in halves {
            var list: [UInt16] = []
            for group in half.isEmpty ? [] : half.split(separator: ":", omittingEmptySubsequences: false) {
                guard !group.isEmpty, group.utf8.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
                    let value = UInt16(group, radix: 16)
                else { return nil }
                list.append(value)
            }
            groups.append(list)
        }
        var all = groups[0]
        if groups.count == 2 {
            let missing = 8 - groups[0].count - groups[1].count
            guard missing >= 1 else { return nil }
            all += [UInt16](repeating: 0, count: missing) + groups[1]
        }
        guard all.count == 8 else { return nil }
        let bytes = all.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }
        // An IPv4 address in IPv6 form.
        if bytes[..<10].allSatisfy({ $0 == 0 }), bytes[10] == 255, bytes[11] == 255 { return Array(bytes[12...]) }
        return bytes
    }

    /// What stands before and after `::`.
    private static func split(_ text: String) -> [String] {
        var parts = [""]
        var rest = Substring(text)
        while !rest.isEmpty {
            if rest.hasPrefix("::") {
                parts.append("")
                rest = rest.dropFirst(2)
            } else {
                parts[parts.count - 1].append(rest.removeFirst())
            }
        }
        return parts
    }
}

/// An address with a number of leading bits that count.
struct ReferenceBlock {
    let address: ReferenceAddress
    let bits: Int

    init?(_ text: [UInt8]) {
        let parts = text.split(separator: UInt8(ascii: "/"))
        guard parts.count == 2, let address = ReferenceAddress(Array(parts[0])),
            let bits = Int(String(decoding: parts[1], as: UTF8.self))
        else { return nil }
        self.address = address
        self.bits = bits
    }

    func contains(_ other: ReferenceAddress) -> Bool {
        guard other.bytes.count == address.bytes.count else { return false }
        return (0..<bits).allSatisfy { bit in
            (other.bytes[bit / 8] ^ address.bytes[bit / 8]) & (0x80 >> UInt8(bit % 8)) == 0
        }
    }
}
