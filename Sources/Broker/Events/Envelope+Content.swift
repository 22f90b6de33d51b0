internal import EventLog

extension Envelope {
    /// Tells what publishers say of events apart: a hash of an envelope without what the bus may have given it, its id and
    /// its time. So the log need not keep it: whoever begins anew has the envelope.
    ///
    /// An envelope does not tell who gave the time, the bus or the publisher, so a time that a publisher gave is left out
    /// as well: the same name with another time alone counts as the same content, and the first one's time stays.
    ///
    /// Seeded anew in each process, so nobody can make two contents with one hash.
    static func contentHash(of envelope: [UInt8]) -> Int {
        let start = min(beforeID.count + EventID.textLength, envelope.count)
        let time = timeRange(in: envelope, from: start)
        var hasher = Hasher()
        for part in [envelope[start..<time.lowerBound], envelope[time.upperBound...]] {
            // The pointer is read only during the call.
            unsafe part.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
        }
        return hasher.finalize()
    }

    private static let timeMember = Array(#","time":""#.utf8)

    /// Where the time stands; nowhere in an envelope of another make. Within strings a quotation mark stands behind a
    /// backslash, so the member's name is found nowhere else before it.
    private static func timeRange(in envelope: [UInt8], from start: Int) -> Range<Int> {
        let length = timeMember.count + RFC3339.wholeSecondsLength
        var place = start
        while place + length <= envelope.count {
            if envelope[place] == timeMember[0], envelope[place...].starts(with: timeMember) {
                return place + timeMember.count..<place + length
            }
            place += 1
        }
        return envelope.endIndex..<envelope.endIndex
    }
}
