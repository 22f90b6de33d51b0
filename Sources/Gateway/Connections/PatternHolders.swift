import NIOCore
import PatternIndex

/// Which connections of one event loop hold which pattern.
///
/// An array indexed by the pattern's id: ids are small numbers that the index gives again. A pattern that one connection
/// holds, as ten thousand do where everybody has their own, costs no list. A connection knows its place in its list, so
/// insert and remove are O(1). The array ends behind the largest id that is held.
struct PatternHolders {
    /// Who holds one pattern.
    enum Holders {
        case nobody
        case one(GatewayConnection)
        case many(HolderList)

        var isEmpty: Bool {
            if case .nobody = self { true } else { false }
        }
    }

    /// 32 bytes, as a delivery comes to a cold one each time where connections are many.
    private struct Slot {
        var holders = Holders.nobody
        /// That of the only holder, at times.
        var socket = LentSocket()
        /// Scratch of ``DeliveryTurn``: which of its runs is this pattern's; -1 for none.
        var run: Int32 = -1
    }

    private var slots: ContiguousArray<Slot> = []

    /// How many ids the table has room for, held or not.
    var capacity: Int { slots.capacity }

    subscript(_ pattern: PatternID) -> Holders {
        let index = Int(pattern.rawValue)
        return index < slots.count ? slots[index].holders : .nobody
    }

    func isHeld(_ pattern: PatternID) -> Bool {
        let index = Int(pattern.rawValue)
        return index < slots.count && !slots[index].holders.isEmpty
    }

    /// The place of `pattern` in ``DeliveryTurn``'s list of runs; only of patterns that somebody holds.
    subscript(runOf pattern: PatternID) -> Int32 {
        get { slots[Int(pattern.rawValue)].run }
        set { slots[Int(pattern.rawValue)].run = newValue }
    }

    /// Whether ``send(_:by:at:)`` is possible.
    func hasSocket(_ pattern: PatternID) -> Bool {
        let index = Int(pattern.rawValue)
        return index < slots.count && slots[index].socket.isLent
    }

    /// Sends the frame of an event to the only holder, by the socket that it has lent.
    ///
    /// - Returns: as ``LentSocket/send(_:at:)`` does.
    mutating func send(_ frame: ByteBuffer, by pattern: PatternID, at now: NIODeadline) -> Int {
        slots[Int(pattern.rawValue)].socket.send(frame, at: now)
    }

    /// Takes the socket of the only holder of `pattern` on loan.
    mutating func borrow(_ descriptor: CInt, for pattern: PatternID) {
        slots[Int(pattern.rawValue)].socket = LentSocket(descriptor)
    }

    /// Gives the socket back that was lent for `pattern`.
    mutating func giveBack(_ pattern: PatternID) -> LentSocket {
        var socket = LentSocket()
        swap(&socket, &slots[Int(pattern.rawValue)].socket)
        return socket
    }

    /// Its socket must not be lent, nor that of the only holder so far.
    mutating func insert(_ connection: GatewayConnection, _ pattern: PatternID, text: String?) {
        let index = Int(pattern.rawValue)
        while slots.count <= index { slots.append(Slot()) }
        assert(!slots[index].socket.isLent)
        var (place, text) = (0, text)
        switch slots[index].holders {
        case .nobody:
            slots[index].holders = .one(connection)
        case .one(let first):
            let list = HolderList()
            list.connections = [first, connection]
            place = 1
            text = Self.shared(text, with: first)
            slots[index].holders = .many(list)
        case .many(let list):
            place = list.connections.count
            text = Self.shared(text, with: list.connections[0])
            list.connections.append(connection)
        }
        connection.binding = PatternBinding(pattern: pattern, text: text, index: place)
    }

    /// Ten thousand connections with one pattern keep one text, unless they wrote it differently.
    private static func shared(_ text: String?, with other: GatewayConnection) -> String? {
        guard let theirs = other.binding?.text, theirs == text else { return text }
        return theirs
    }

    /// Its socket must not be lent.
    mutating func remove(_ connection: GatewayConnection) {
        guard let binding = connection.binding else { return }
        connection.binding = nil
        let index = Int(binding.pattern.rawValue)
        assert(!slots[index].socket.isLent)
        if case .many(let list) = slots[index].holders {
            let last = list.connections.removeLast()
            if binding.index < list.connections.count {
                list.connections[binding.index] = last
                last.binding?.index = binding.index
            }
            guard list.connections.isEmpty else { return }
        }
        slots[index].holders = .nobody
        shrink()
    }

    private mutating func shrink() {
        while let last = slots.last, last.holders.isEmpty { slots.removeLast() }
        guard slots.capacity > 64, slots.count < slots.capacity / 4 else { return }
        var smaller: ContiguousArray<Slot> = []
        smaller.reserveCapacity(slots.count * 2)
        smaller.append(contentsOf: slots)
        slots = smaller
    }
}

@available(*, unavailable)
extension PatternHolders: Sendable {}

/// The connections that hold one pattern. A class, so that the list changes in place.
final class HolderList {
    var connections: ContiguousArray<GatewayConnection> = []
}

@available(*, unavailable)
extension HolderList: Sendable {}

/// A connection's pattern, and where the connection stands in the list of those who share it.
struct PatternBinding {
    let text: String?
    let pattern: PatternID
    private var place: Int32

    init(pattern: PatternID, text: String?, index: Int) {
        self.pattern = pattern
        self.text = text
        place = Int32(index)
    }

    var index: Int {
        get { Int(place) }
        set { place = Int32(newValue) }
    }
}
