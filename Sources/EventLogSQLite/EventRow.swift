internal import EventLog

/// An event with what the log keeps about it; in the first format of the file, a row of the table `events`.
struct EventRow {
    var sequence: Int64
    var event: Event
    /// How many events the log has stored up to this one, and their bytes.
    var ordinal: Int64
    var total: Int64
    /// How many events right before this one were lost by damage; -1 for an unknown number. Nearly always 0.
    var missing: Int64 = 0

    /// As the table `events` had it.
    var checksum: Int64 {
        var checksum = RowChecksum()
        checksum.add(sequence)
        checksum.add(event.id.high)
        checksum.add(event.id.low)
        checksum.add(event.time)
        checksum.add(ordinal)
        checksum.add(total)
        checksum.add(missing)
        checksum.add(event.envelope)
        if let deduplicationID = event.deduplicationID { checksum.add(Array(deduplicationID.utf8)) }
        return checksum.value
    }
}

/// A place in the log, and how many events and bytes there were up to it.
struct LogMark: Equatable {
    var sequence: Int64 = 0
    var ordinal: Int64 = 0
    var total: Int64 = 0

    /// Goes on to an event.
    mutating func pass(_ sequence: Int64, envelopeBytes: Int) {
        self.sequence = sequence
        ordinal += 1
        total += Int64(envelopeBytes)
    }
}

/// The one row of the table `log`: what is not to be had from the events themselves. Its numbers only ever go up, so of
/// several versions found in a damaged file the highest are the newest.
struct LogRow: Equatable {
    /// No number below this one is given any more.
    var next: Int64 = 1
    /// The newest event that has left.
    var removed = LogMark()

    var checksum: Int64 {
        var checksum = RowChecksum()
        for number in [next, removed.sequence, removed.ordinal, removed.total] { checksum.add(number) }
        return checksum.value
    }
}
