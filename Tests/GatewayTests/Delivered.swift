import Broker
import EventLog
import Gateway
import PatternIndex

/// An event and the patterns that match it, as a bus would find out.
struct Delivered {
    let text: [UInt8]
    let patterns: [PatternID]

    init(_ text: String, _ patterns: PatternID...) {
        self.text = Array(text.utf8)
        self.patterns = patterns
    }
}

extension LocalCallbackAPI {
    /// Hands one batch over, as a bus does.
    func deliver(_ events: [Delivered]) async {
        var batch = DeliveryBatch()
        for event in events {
            let logged = LoggedEvent(
                sequence: .zero, event: Event(id: EventID(high: 0, low: 0), time: 0, envelope: event.text))
            batch.append(logged) { $0 += event.patterns }
        }
        await deliver(batch)
    }
}
