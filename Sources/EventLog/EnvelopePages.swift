internal import DequeModule

/// Envelopes one after the other in large pieces of memory, which are used again when all that is in them is gone: first
/// in, first out. What does not fit into the rest of a page begins the next one, so at the very worst half of the memory is
/// unused; with envelopes of some kilobytes next to nothing is.
struct EnvelopePages: Sendable {
    /// Where an envelope is.
    struct Place: Sendable {
        /// Which page, counted from the first there ever was.
        fileprivate let page: Int
        fileprivate let start: UInt32
        fileprivate let size: UInt32

        var count: Int { Int(size) }
    }

    /// A page; a longer envelope has one for itself.
    private static let pageBytes = 1 << 20

    private var pages: Deque<[UInt8]> = []
    /// How many pages there were before the first of these.
    private var removed = 0
    /// The memory of a page that is no longer used.
    private(set) var spare: [UInt8]?

    /// The envelope at a place: a copy.
    subscript(place: Place) -> [UInt8] {
        let start = Int(place.start)
        return Array(pages[place.page - removed][start..<start + place.count])
    }

    mutating func append(_ envelope: [UInt8]) -> Place {
        if pages.last.map({ $0.count + envelope.count > Self.pageBytes }) ?? true { addPage(for: envelope.count) }
        let last = pages.count - 1
        let place = Place(
            page: removed + last, start: UInt32(pages[last].count), size: UInt32(envelope.count))
        pages[last].append(contentsOf: envelope)
        return place
    }

    private mutating func addPage(for size: Int) {
        var page = spare ?? []
        spare = nil
        page.reserveCapacity(max(size, Self.pageBytes))
        pages.append(page)
    }

    /// Forgets what was appended before the envelope at `place`; everything where there is none.
    mutating func removeAll(before place: Place?) {
        let end = place?.page ?? removed + pages.count
        while removed < end {
            var page = pages.removeFirst()
            removed += 1
            guard spare == nil, page.capacity < 2 * Self.pageBytes else { continue }
            page.removeAll(keepingCapacity: true)
            spare = page
        }
    }
}
