import NIOCore
import PatternIndex

/// Which connections of one event loop hold which pattern.
///
/// An array indexed by the pattern's id: ids are small numbers that the index gives again. A pattern that one connection
/// holds, as ten thousand do where everybody has their own, costs no list. A connection knows its place in its list, so
/// insert and remove are O(1). The array ends behind the largest id that is held.
///
/// Beside each connection stands its socket while that is lent: who goes through the holders of a pattern touches nothing
/// else of them.
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
        /// That of the only holder; unused where many hold the pattern.
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

    /// Sends frames to the only holder, by the socket that it has lent.
    ///
    /// - Returns: as ``LentSocket/send(_:at:)`` does.
    mutating func send(_ run: FrameRun, by pattern: PatternID, at now: NIODeadline) -> Int {
        slots[Int(pattern.rawValue)].socket.send(run, at: now)
    }

    /// Takes a holder's socket on loan.
    mutating func borrow(_ descriptor: CInt, from connection: GatewayConnection) {
        exchange(LentSocket(descriptor), of: connection)
    }

    /// Gives a holder's socket back, with what was sent by it.
    mutating func endLoan(to connection: GatewayConnection) -> LentSocket {
        exchange(LentSocket(), of: connection)
    }

    /// Puts `new` where a holder's socket stands, and returns what stood there.
    @discardableResult
    private mutating func exchange(_ new: LentSocket, of connection: GatewayConnection) -> LentSocket {
        var socket = new
        guard let binding = connection.binding else {
            assertionFailure("only who holds a pattern lends a socket")
            return LentSocket()
        }
        let index = Int(binding.pattern.rawValue)
        if case .many(let list) = slots[index].holders {
            swap(&socket, &list.members[binding.index].socket)
        } else {
            swap(&socket, &slots[index].socket)
        }
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
            list.members = [.init(connection: first), .init(connection: connection)]
            place = 1
            text = Self.shared(text, with: first)
            slots[index].holders = .many(list)
        case .many(let list):
            place = list.members.count
            text = Self.shared(text, with: list.members[0].connection)
            list.members.append(.init(connection: connection))
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
            assert(!list.members[binding.index].socket.isLent)
            let last = list.members.removeLast()
            if binding.index < list.members.count {
                list.members[binding.index] = last
                last.connection.binding?.index = binding.index
            }
            guard list.members.isEmpty else { return }
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
    struct Member {
        let connection: GatewayConnection
        var socket = LentSocket()
    }

    /// A member that has not got all of some frames, and how many of their bytes it has.
    struct Remainder {
        let connection: GatewayConnection
        let sent: Int
    }

    var members: ContiguousArray<Member> = []

    var hasSockets: Bool { members.contains { $0.socket.isLent } }

    /// Sends frames to every member that has lent its socket. Nothing but the kernel is called.
    ///
    /// - Parameter remainders: gets the others, and those whose frames the kernel did not take.
    /// - Returns: how many members have all of the frames.
    func send(_ run: FrameRun, at now: NIODeadline, _ remainders: inout ContiguousArray<Remainder>) -> Int {
        let before = remainders.count
        let size = run.bytes.readableBytes
        for index in members.indices {
            let sent = members[index].socket.isLent ? members[index].socket.send(run, at: now) : 0
            if sent < size { remainders.append(Remainder(connection: members[index].connection, sent: sent)) }
        }
        return members.count - (remainders.count - before)
    }
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
