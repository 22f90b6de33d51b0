import NIOCore

/// The frames of one run of events, put together in each form that somebody asks for, once.
struct RunPieces {
    private var pieces: [ContiguousArray<FrameRun>] = Array(repeating: [], count: Framing.allCases.count)
    private var made: [Bool] = Array(repeating: false, count: Framing.allCases.count)

    /// Forgets what was made, and keeps the memory.
    mutating func removeAll() {
        for index in pieces.indices where made[index] {
            pieces[index].removeAll(keepingCapacity: true)
            made[index] = false
        }
    }

    /// The pieces of `run` in the form `framing`.
    mutating func pieces(
        of run: DeliveryTurn.Run, in turn: borrowing DeliveryTurn, _ framing: Framing, _ encoder: EventEncoder
    ) -> ContiguousArray<FrameRun> {
        let index = Int(framing.rawValue)
        if !made[index] {
            turn.assemble(run, framing, encoder, into: &pieces[index])
            made[index] = true
        }
        return pieces[index]
    }

    /// The same where it is one piece that carries every event of the run; nil else.
    mutating func onlyPiece(
        of run: DeliveryTurn.Run, in turn: borrowing DeliveryTurn, _ framing: Framing, _ encoder: EventEncoder
    ) -> FrameRun? {
        let pieces = pieces(of: run, in: turn, framing, encoder)
        return pieces.count == 1 && pieces[0].messages == run.count ? pieces[0] : nil
    }
}

@available(*, unavailable)
extension RunPieces: Sendable {}
