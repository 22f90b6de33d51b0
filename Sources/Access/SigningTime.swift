/// A moment to the second, in the ISO 8601 basic form of Signature Version 4: `20261120T225831Z`.
struct SigningTime: Hashable, Sendable, CustomStringConvertible {
    /// Seconds since 1970-01-01T00:00:00Z.
    let seconds: Int64
    /// The basic form, UTC.
    let description: String

    /// The day, `20261120`: the first part of a credential scope.
    var day: Substring { description.prefix(8) }

    init(seconds: Int64) {
        self.seconds = seconds
        let (days, inDay) = (seconds.floorDivided(by: 86_400), seconds.floorRemainder(by: 86_400))
        let (year, month, day) = Self.civilDate(days: days)
        let fields = [(year, 4), (month, 2), (day, 2), (inDay / 3600, 2), (inDay / 60 % 60, 2), (inDay % 60, 2)]
        let digits = fields.map { value, width in
            let text = String(value)
            return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
        }
        description = digits[0...2].joined() + "T" + digits[3...5].joined() + "Z"
    }

    /// The moment that `text` names in the basic form; nil where it is not one, or no such day exists.
    init?(basic text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard bytes.count == 16, bytes[8] == UInt8(ascii: "T"), bytes[15] == UInt8(ascii: "Z") else { return nil }
        func number(_ range: Range<Int>) -> Int64? {
            var value: Int64 = 0
            for byte in bytes[range] {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
                value = value * 10 + Int64(byte - UInt8(ascii: "0"))
            }
            return value
        }
        guard
            let year = number(0..<4), let month = number(4..<6), let day = number(6..<8),
            let hour = number(9..<11), let minute = number(11..<13), let second = number(13..<15),
            hour < 24, minute < 60, second < 60, (1...12).contains(month), day >= 1
        else { return nil }
        let days = Self.days(year: year, month: month, day: day)
        guard Self.civilDate(days: days) == (year, month, day) else { return nil }
        self.init(seconds: days * 86_400 + hour * 3600 + minute * 60 + second)
    }

    /// The moment that an HTTP `Date` header names (RFC 9110 §5.6.7, the IMF form:
    /// `Fri, 20 Nov 2026 22:58:31 GMT`); nil where it is not one.
    init?(httpDate text: String) {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let parts = text.split(separator: " ")
        guard
            parts.count == 6, parts[0].hasSuffix(","), parts[5] == "GMT", parts[1].utf8.count == 2,
            parts[3].utf8.count == 4, let month = months.firstIndex(of: String(parts[2]))
        else { return nil }
        let time = parts[4].split(separator: ":", omittingEmptySubsequences: false)
        guard time.count == 3, time.allSatisfy({ $0.utf8.count == 2 }) else { return nil }
        self.init(basic: "\(parts[3])\(month < 9 ? "0" : "")\(month + 1)\(parts[1])T\(time.joined())Z")
    }

    /// The date of a day count since 1970-01-01 in the proleptic Gregorian calendar.
    /// Years are counted from March, so that a leap day is the last of its year, in eras of 400 years.
    private static func civilDate(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let (era, dayOfEra) = (shifted.floorDivided(by: 146_097), shifted.floorRemainder(by: 146_097))
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        return (era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, day)
    }

    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let yearFromMarch = month <= 2 ? year - 1 : year
        let (era, yearOfEra) = (yearFromMarch.floorDivided(by: 400), yearFromMarch.floorRemainder(by: 400))
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}

extension Int64 {
    fileprivate func floorDivided(by divisor: Int64) -> Int64 { (self - floorRemainder(by: divisor)) / divisor }

    fileprivate func floorRemainder(by divisor: Int64) -> Int64 {
        let remainder = self % divisor
        return remainder < 0 ? remainder + divisor : remainder
    }
}
