internal import EventPattern
internal import JSONDocument
internal import JSONText

/// TestEventPattern (API reference, `TestEventPattern`): whether one event matches one pattern.
extension AWSEventsDoor {
    /// What an event must have. The documentation also asks for `resources`; EventBridge itself does not.
    private static let requiredMembers = ["id", "account", "source", "time", "region", "detail-type"]

    /// - Returns: `{"Result":true}` or `{"Result":false}`.
    func testEventPattern(_ body: [UInt8]) throws(RequestError) -> [UInt8] {
        let (patternText, event) = try Self.parameters(body)
        if let max = settings.patternLengthMax, patternText.utf16.count > max {
            throw .constraints([(patternText, "eventPattern", "have length less than or equal to \(max)")])
        }
        let pattern: EventPattern
        do throws(EventPatternError) {
            pattern = try EventPattern(patternText)
        } catch {
            throw RequestError(type: "InvalidEventPatternException", message: error.message)
        }
        guard Self.isEvent(event), let matches = try? pattern.matches(event) else {
            throw .validation("Parameter Event is not valid.")
        }
        return Array(#"{"Result":\#(matches)}"#.utf8)
    }

    private static func parameters(_ body: [UInt8]) throws(RequestError) -> (pattern: String, event: [UInt8]) {
        let request: JSONValue
        do throws(JSONFault) {
            request = try JSONValue(parsing: body)
        } catch {
            throw .serialization("The body is not JSON: \(error.description).")
        }
        guard request.object != nil else {
            throw .serialization("The body is to be an object, and is \(request.kindName).")
        }
        var values: [String] = []
        var missing: [(value: String?, name: String, constraint: String)] = []
        for (name, member) in [("EventPattern", "eventPattern"), ("Event", "event")] {
            switch request[name] {
            case .string(let text): values.append(text)
            case nil, .null: missing.append((nil, member, "not be null"))
            case .some(let other): throw .serialization("\(name) is to be a string, and is \(other.kindName).")
            }
        }
        guard missing.isEmpty else { throw .constraints(missing) }
        return (values[0], Array(values[1].utf8))
    }

    /// EventBridge reads the event up to the end of its object and does not look at what follows.
    private static func isEvent(_ text: [UInt8]) -> Bool {
        var tokenizer = JSONTokenizer()
        guard let value = try? tokenizer.skipValue(in: text.span),
            let event = try? JSONObjectText(text, in: value.value)
        else { return false }
        return requiredMembers.allSatisfy { event[$0] != nil }
    }
}
