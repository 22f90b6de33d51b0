// Any bytes as a pattern: what is accepted has a canonical text that is an equal pattern.
import EventPattern
import JSONText

/// The entry point that libFuzzer calls with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzPattern(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    let pattern: EventPattern
    do {
        pattern = try EventPattern(parsing: bytes)
    } catch {
        precondition(!error.summary.isEmpty || bytes.isEmpty, "an error without words")
        precondition(error.path.hasPrefix("$"), "an error without a path")
        return 0
    }
    do {
        let canonical = try EventPattern(pattern.canonicalText)
        precondition(canonical == pattern, "the canonical text means something else")
        precondition(canonical.canonicalText == pattern.canonicalText, "the canonical text is not stable")
        _ = try pattern.matches(Array(#"{"a":[{"b":1},"x",[2]],"c":{"d":"10.0.0.1"}}"#.utf8))
    } catch {
        fatalError("the canonical text is refused: \(error)")
    }
    return 0
}
