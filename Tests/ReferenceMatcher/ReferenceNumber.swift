internal import Foundation

/// A number of an event or pattern that can be compared: one that is, as a decimal, what is written for its double.
public struct ReferenceNumber: Equatable {
    let value: Double

    /// Nil when the number cannot be compared. What is written for a double is found by trying: of the decimals that
    /// round to it the one with the fewest digits, but not fewer than two; of equally long ones the nearest; none that
    /// lies exactly between two doubles.
    public init?(_ text: String) {
        guard let double = Double(text), double.isFinite, let exact = Self.decimal(text) else { return nil }
        if double == 0 {
            guard exact.digits.isEmpty else { return nil }
            value = 0
            return
        }
        for digits in 2...17 {
            let candidate = String(format: "%.\(digits - 1)e", double)
            guard Double(candidate) == double, !Self.isBetweenDoubles(candidate) else { continue }
            guard let written = Self.decimal(candidate), written == exact else { return nil }
            value = double
            return
        }
        return nil
    }

    private struct Exact: Equatable {
        var isNegative: Bool
        var digits: String
        var exponent: Int
    }

    /// Sign, digits without zeros around them, power of ten of the last one.
    private static func decimal(_ text: String) -> Exact? {
        var text = text.lowercased()
        let isNegative = text.hasPrefix("-")
        if isNegative { text.removeFirst() }
        let halves = text.split(separator: "e", maxSplits: 1)
        guard let mantissa = halves.first else { return nil }
        var exponent = 0
        if halves.count == 2, mantissa.contains(where: { ("1"..."9").contains($0) }) {
            guard let power = Int(halves[1]) else { return nil }
            exponent = power
        }
        let parts = mantissa.split(separator: ".", omittingEmptySubsequences: false)
        var digits = String(parts[0])
        if parts.count == 2 {
            digits += parts[1]
            exponent -= parts[1].count
        }
        while digits.hasPrefix("0") { digits.removeFirst() }
        while digits.hasSuffix("0") {
            digits.removeLast()
            exponent += 1
        }
        return Exact(isNegative: isNegative, digits: digits, exponent: digits.isEmpty ? 0 : exponent)
    }

    /// Whether a decimal is the exact middle of two neighbouring doubles. Foundation's `Decimal` holds 38 digits: enough
    /// for the whole numbers where this happens to short decimals.
    private static func isBetweenDoubles(_ text: String) -> Bool {
        guard let double = Double(text), double.magnitude > 9e15, double.magnitude < 1e30,
            let decimal = Decimal(string: text)
        else { return false }
        for neighbour in [double.nextUp, double.nextDown] {
            guard let one = exactDecimal(double), let other = exactDecimal(neighbour) else { return false }
            if one + other == decimal + decimal { return true }
        }
        return false
    }

    /// A whole double, exactly.
    private static func exactDecimal(_ double: Double) -> Decimal? {
        Decimal(string: String(format: "%.0f", double))
    }
}
