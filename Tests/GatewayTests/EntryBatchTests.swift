import Broker
import EventLog
import Testing

@testable import Gateway

@Suite("Entries of a publish request")
struct EntryBatchTests {
    private func draft(_ source: String) -> EventDraft {
        EventDraft(
            source: source, detailType: "t", detail: Array("{}".utf8),
            in: Envelope(account: "000000000000", region: "us-east-1"))
    }

    /// An upper-case letter is a fault, any other a draft; with `buses`, each on the bus of its name.
    private func batch(_ letters: String, buses: Bool = false) -> EntryBatch {
        var batch = EntryBatch()
        for letter in letters {
            if letter.isUppercase {
                batch.append(EntryError.required(String(letter)))
            } else {
                batch.append(draft(String(letter)), bus: buses ? String(letter) : nil)
            }
        }
        return batch
    }

    private func id(_ number: UInt64) -> EventID { EventID(high: 0, low: number) }

    @Test("Drafts and faults keep their places", arguments: ["", "a", "A", "aB", "Ab", "aBc", "ABcd", "abCDeF"])
    func places(letters: String) {
        let batch = batch(letters)
        #expect(batch.count == letters.count)
        let faulty = letters.enumerated().filter { $0.element.isUppercase }.map(\.offset)
        #expect(batch.faults.map(\.place) == faulty)
        #expect(batch.draftPlaces == (0..<letters.count).filter { !faulty.contains($0) })
    }

    @Test("Parts have the entries of the whole, in order", arguments: 1...7)
    func parts(size: Int) {
        let letters = "abCDeFg"
        let parts = batch(letters, buses: true).parts(of: size)
        #expect(parts.allSatisfy { $0.count <= size })
        #expect(parts.reduce(0) { $0 + $1.count } == letters.count)
        #expect(parts.flatMap(\.buses) == ["a", "b", "e", "g"])
        var first = 0
        var faulty: [Int] = []
        for part in parts {
            faulty += part.faults.map { first + $0.place }
            first += part.count
        }
        #expect(faulty == [2, 3, 5])
    }

    @Test("Who names no bus is for the default one, also among others that do")
    func buses() {
        #expect(batch("ab").buses == [])
        var mixed = batch("a")
        mixed.append(draft("b"), bus: "b")
        mixed.append(draft("c"))
        #expect(mixed.buses == [nil, "b", nil])
    }

    @Test("Results stand in the places of their entries, also when more follow")
    func results() {
        var results = EntryResults([.success(id(1)), .failure(.required("X")), .success(id(2))])
        results.append(EntryResults([.failure(.required("Y")), .success(id(3))]))
        #expect(results.count == 5)
        #expect(results.faults.map(\.place) == [1, 3])
        let error =
            #"{"ErrorCode":"InvalidArgument","ErrorMessage":"Parameter X is not valid. Reason: X is a required argument."}"#
        #expect(
            String(decoding: results.json, as: UTF8.self)
                == #"{"FailedEntryCount":2,"Entries":[{"EventId":"\#(id(1))"},\#(error),{"EventId":"\#(id(2))"},"#
                + error.replacing("X", with: "Y") + #",{"EventId":"\#(id(3))"}]}"#)
    }
}
