internal import JSONText

/// Times as text: RFC 3339, in UTC. Milliseconds since 1970, without leap seconds, as everywhere in the broker.
package enum RFC3339 {
    /// The times that four digits of a year can say: 0001-01-01T00:00:00Z to 9999-12-31T23:59:59.999Z.
    package static let range: ClosedRange<Int64> = -62_135_596_800_000...253_402_300_799_999

    /// `2026-11-21T01:02:03Z`, or with milliseconds `2026-11-21T01:02:03.004Z`. A time out of `range` is cut to it.
    package static func text(milliseconds: Int64, fraction: Bool = false) -> String {
        var bytes: [UInt8] = []
        append(milliseconds: milliseconds, fraction: fraction, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends what `text` gives.
    package static func append(milliseconds: Int64, fraction: Bool = false, to bytes: inout [UInt8]) {
        let text = wholeSeconds(milliseconds)
        guard fraction else { return bytes.append(text.span) }
        bytes.append(text.span.extracting(first: wholeSecondsLength - 1))
        var rest = InlineArray<5, UInt8>(repeating: UInt8(ascii: "."))
        write(floorDivision(cut(milliseconds), by: 1_000).remainder, digits: 3, to: &rest, at: 1)
        rest[4] = UInt8(ascii: "Z")
        bytes.append(rest.span)
    }

    /// What `text` gives without a fraction.
    package static func wholeSeconds(_ milliseconds: Int64) -> InlineArray<20, UInt8> {
        let (days, inDay) = floorDivision(cut(milliseconds), by: 86_400_000)
        let date = civilDate(days)
        var text = InlineArray<20, UInt8>(repeating: UInt8(ascii: "-"))
        write(date.year, digits: 4, to: &text, at: 0)
        write(date.month, digits: 2, to: &text, at: 5)
        write(date.day, digits: 2, to: &text, at: 8)
        text[10] = UInt8(ascii: "T")
        write(inDay / 3_600_000, digits: 2, to: &text, at: 11)
        text[13] = UInt8(ascii: ":")
        write(inDay / 60_000 % 60, digits: 2, to: &text, at: 14)
        text[16] = UInt8(ascii: ":")
        write(inDay / 1_000 % 60, digits: 2, to: &text, at: 17)
        text[19] = UInt8(ascii: "Z")
        return text
    }

    static let wholeSecondsLength = "2026-11-21T01:02:03Z".utf8.count

    private static func cut(_ milliseconds: Int64) -> Int64 {
        min(max(milliseconds, range.lowerBound), range.upperBound)
    }

    /// Reads `2026-11-21T01:02:03Z` and its kin: `T` may be a space or in lower case, a fraction of any length is cut to
    /// milliseconds, the zone is `Z`, `±hh:mm`, or left out for UTC. Nil for everything else and for what is out of
    /// `range`.
    package static func milliseconds(_ text: some StringProtocol) -> Int64? {
        var reader = Reader(bytes: Array(text.utf8))
        guard let year = reader.number(4), reader.take("-"), let month = reader.number(2), reader.take("-"),
            let day = reader.number(2), reader.takeAny("Tt "), let hour = reader.number(2), reader.take(":"),
            let minute = reader.number(2), reader.take(":"), let second = reader.number(2),
            let fraction = reader.fraction(), let zone = reader.zone(), reader.isAtEnd,
            (1...12).contains(month), (1...daysInMonth(month, of: year)).contains(day), hour < 24, minute < 60,
            second <= 60
        else { return nil }
        let seconds = (days(year: year, month: month, day: day) * 24 + hour) * 3_600 + minute * 60 + second
        let time = (seconds - zone * 60) * 1_000 + fraction
        return range.contains(time) ? time : nil
    }
}

extension RFC3339 {
    private struct Reader {
        let bytes: [UInt8]
        var position = 0

        var isAtEnd: Bool { position == bytes.count }

        mutating func number(_ digits: Int) -> Int64? {
            var number: Int64 = 0
            for _ in 0..<digits {
                guard let digit = digit() else { return nil }
                number = number * 10 + digit
            }
            return number
        }

        mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard !isAtEnd, bytes[position] == UInt8(ascii: character) else { return false }
            position += 1
            return true
        }

        mutating func takeAny(_ characters: String) -> Bool {
            guard !isAtEnd, characters.utf8.contains(bytes[position]) else { return false }
            position += 1
            return true
        }

        /// Milliseconds; 0 when there is no fraction, nil when its digits are missing.
        mutating func fraction() -> Int64? {
            guard take(".") else { return 0 }
            var milliseconds: Int64 = 0
            var weight: Int64 = 100
            guard let first = digit() else { return nil }
            milliseconds = first * weight
            while let next = digit() {
                weight /= 10
                milliseconds += next * weight
            }
            return milliseconds
        }

        /// Minutes east of UTC.
        mutating func zone() -> Int64? {
            if isAtEnd || takeAny("Zz") { return 0 }
            let isWest = take("-")
            guard isWest || take("+"), let hours = number(2), take(":"), let minutes = number(2), hours < 24,
                minutes < 60
            else { return nil }
            return (isWest ? -1 : 1) * (hours * 60 + minutes)
        }

        private mutating func digit() -> Int64? {
            guard !isAtEnd, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) else { return nil }
            position += 1
            return Int64(bytes[position - 1] - UInt8(ascii: "0"))
        }
    }

    @inline(__always)
    private static func write<let count: Int>(
        _ number: Int64, digits: Int, to text: inout InlineArray<count, UInt8>, at place: Int
    ) {
        var rest = number
        for index in stride(from: place + digits - 1, through: place, by: -1) {
            text[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
    }

    private static func floorDivision(_ number: Int64, by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let remainder = (number % divisor + divisor) % divisor
        return ((number - remainder) / divisor, remainder)
    }

    /// Days since 1970 of a date of the Gregorian calendar. Years begin in March here, so the leap day is their last
    /// and the days before each month follow one formula.
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month > 2 ? year : year - 1
        let monthFromMarch = (month + 9) % 12
        let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
        let leapDays = shifted / 4 - shifted / 100 + shifted / 400
        return shifted * 365 + leapDays + dayOfYear - 719_468
    }

    private static func civilDate(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (cycle, inCycle) = floorDivision(days + 719_468, by: 146_097)
        let yearInCycle = (inCycle - inCycle / 1_460 + inCycle / 36_524 - inCycle / 146_096) / 365
        let dayOfYear = inCycle - (yearInCycle * 365 + yearInCycle / 4 - yearInCycle / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (
            cycle * 400 + yearInCycle + (month <= 2 ? 1 : 0), month,
            dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        )
    }

    private static func daysInMonth(_ month: Int64, of year: Int64) -> Int64 {
        let next = month == 12 ? (year + 1, 1) : (year, month + 1)
        return days(year: next.0, month: next.1, day: 1) - days(year: year, month: month, day: 1)
    }
}
