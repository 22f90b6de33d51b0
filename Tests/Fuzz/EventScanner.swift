// Any bytes as an event: read by the index and alone, written back, and compared.
import EventPattern
import JSONText
import PatternIndex

nonisolated(unsafe) private let index = PatternIndex()
nonisolated(unsafe) private let patterns: [(id: PatternID, pattern: EventPattern)] = [
    #"{"a":["x",1,null,true]}"#, #"{"a":{"b":[{"exists":false}],"c":[{"exists":true}]}}"#,
    #"{"a":[{"wildcard":"*a*b"}],"$or":[{"b":[{"cidr":"10.0.0.0/8"}]},{"a.b":[{"numeric":["<",5]}]}]}"#,
    #"{"a":[{"anything-but":[1,2]},{"prefix":{"equals-ignore-case":"é"}}],"":[{"suffix":"z"}]}"#,
].map { text in
    do {
        let pattern = try EventPattern(text)
        return (index.insert(pattern), pattern)
    } catch {
        fatalError("\(error)")
    }
}

/// The entry point that libFuzzer calls with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzEvent(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let event = Array(UnsafeBufferPointer(start: start, count: count))
    let all = patterns
    var ids: [PatternID] = []
    do {
        try index.match(event, into: &ids)
    } catch {
        precondition(error.offset >= 0 && error.offset <= count, "an error outside of the text")
        return 0
    }
    for (id, pattern) in all {
        do {
            let matches = try pattern.matches(event)
            precondition(matches == ids.contains(id), "the index and the pattern differ")
        } catch {
            fatalError("the index reads what the pattern refuses: \(error)")
        }
    }
    do {
        guard try JSONValidator.validate(event, allowTrailingText: true) == .object else {
            fatalError("an event that is no object")
        }
        for member in try JSONReader.members(of: event) {
            var out: [UInt8] = []
            JSONWriter.appendString(member.name, to: &out)
            precondition(JSONReader.unescape(out) == member.name, "a name does not read back")
        }
    } catch {
        // Text after the object: ignored by matching, refused by reading.
    }
    return 0
}
