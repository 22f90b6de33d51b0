import Broker
import EventLog
import NIOCore
import Synchronization
import WebSocketFraming

/// Events on their way to the event loops, and which patterns match each.
struct EncodedBatch: Sendable {
    let events: [EncodedDelivery]
    let matches: DeliveryMatches
    /// The bytes of the frames, as the window counts them.
    let bytes: Int

    init(_ events: [EncodedDelivery], _ matches: DeliveryMatches) {
        self.events = events
        self.matches = matches
        bytes = events.reduce(0) { $0 + ($1.frame?.readableBytes ?? 0) }
    }
}

/// An event on its way to the event loops: its frame, encoded once for everybody.
struct EncodedDelivery: Sendable {
    /// As nearly all connections get it; `nil` when the event is over the size limit for events: it is counted, and not
    /// sent.
    let frame: ByteBuffer?
    let sequence: SequenceNumber
    /// `nil` while no connection asks for another form.
    private let others: OtherFrames?

    /// - Parameter hasOthers: whether a connection may ask for another form than ``Framing/plain``.
    init(_ event: LoggedEvent, isOversize: Bool, hasOthers: Bool) {
        let envelope = event.event.envelope
        frame = isOversize ? nil : FrameEncoder.frame(.text, envelope)
        sequence = event.sequence
        others = hasOthers && !isOversize ? OtherFrames(event) : nil
    }

    /// The event's bytes in one form; made where the first event loop asks for them.
    func frame(_ framing: Framing, _ encoder: EventEncoder) -> ByteBuffer? {
        guard framing != .plain, let frame, let others else { return frame }
        return others.frame(framing, encoder, plain: frame)
    }

    /// The event in a stream that ends: so many events are to follow. For one connection alone.
    func streamFrame(_ form: EventStreamText.Form, left: Int) -> ByteBuffer? {
        others.map { EventStreamText.event($0.event, form, left: left) }
    }

    /// The forms of an event beside the plain one. Event loops share them, hence the lock: making one takes longer than
    /// waiting until another loop has made it.
    private final class OtherFrames: Sendable {
        let event: LoggedEvent
        private let frames: Mutex<[Framing: ByteBuffer]> = Mutex([:])

        init(_ event: LoggedEvent) {
            self.event = event
        }

        func frame(_ framing: Framing, _ encoder: EventEncoder, plain: ByteBuffer) -> ByteBuffer {
            frames.withLock { frames in
                if let frame = frames[framing] { return frame }
                let frame = encoder.frame(framing, event, plain: plain)
                frames[framing] = frame
                return frame
            }
        }
    }
}
