import ArgumentParser

/// A setting with a text form of its own; says what it takes, for whoever got it wrong.
protocol Quantity: ExpressibleByArgument {
    static var expectation: String { get }
}

/// An amount of bytes: `1048576`, `64MiB`, `1GiB`, `500MB`. `K`, `M`, `G` and `T` alone are those of `KiB` and so on.
struct ByteCount: Quantity {
    let bytes: Int

    static let expectation = "a number of bytes such as 1048576, 64MiB or 1GiB"

    private static let units = [
        "": 1, "b": 1, "kb": 1_000, "mb": 1_000_000, "gb": 1_000_000_000, "tb": 1_000_000_000_000,
        "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40, "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30,
        "tib": 1 << 40,
    ]

    init?(argument: String) {
        guard let (number, unit) = split(argument), let factor = Self.units[unit] else { return nil }
        let (bytes, overflow) = number.multipliedReportingOverflow(by: factor)
        guard !overflow, bytes > 0 else { return nil }
        self.bytes = bytes
    }
}

/// A length of time: `90s`, `15m`, `12h`, `7d`, or `never` where it may have no end.
struct TimeLimit: Quantity {
    /// Nil for never.
    let duration: Duration?

    static let expectation = "a time such as 90s, 15m, 12h or 7d, or never"

    private static let units = ["s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800]

    init?(argument: String) {
        if argument.lowercased() == "never" {
            duration = nil
            return
        }
        // A hundred years, so that no sum of times overflows.
        guard let (number, unit) = split(argument), let factor = Self.units[unit], number > 0,
            number <= 3_155_760_000 / factor
        else { return nil }
        duration = .seconds(number * factor)
    }
}

/// `64 MiB` → (64, "mib")
private func split(_ text: String) -> (number: Int, unit: String)? {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    guard let number = Int(digits) else { return nil }
    return (number, text[digits.endIndex...].drop { $0 == " " }.lowercased())
}
