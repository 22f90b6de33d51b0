// Any bytes as an event: the scanner and the tokenizer against Jansson, a parser that others wrote.
import JSONDocument
import JSONText

/// The entry point that libFuzzer calls with each input.
///
/// The input is a text by itself, and also the inside of a string and a value in one that is right: most inputs are
/// wrong in many places, and would not show what a single one does.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzVerdict(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    check(input, against: isEvent(input))
    checkEverywhere(Array("\"a\":\"".utf8) + input + Array("\"}".utf8))
    checkEverywhere(Array("\"a\":".utf8) + input + Array(",\"b\":[1]}".utf8))
    return 0
}

/// Puts a brace and white space before a text, so that it lies anywhere in the scanner's blocks of 64 bytes: a short one
/// everywhere, a long one at two places.
private func checkEverywhere(_ text: [UInt8]) {
    let brace = UInt8(ascii: "{")
    let space = UInt8(ascii: " ")
    let right = isEvent([brace] + text)
    var padded = [UInt8](repeating: space, count: 64) + text
    let places = text.count <= 48 ? 0..<64 : 62..<64
    for place in places {
        padded[place] = brace
        check(padded, against: right)
        padded[place] = space
    }
}

/// Lengths are not Jansson's business, and not the scanner's: the tokenizer is asked about short texts only.
private func check(_ text: [UInt8], against right: Bool) {
    var scanner = EventScanner()
    let tokens = text.withUnsafeBufferPointer { scanner.scanTokens($0, enforcingLengths: false) }
    precondition(tokens == right, "Jansson says \(right), the scanner of tokens \(tokens)")
    let places = text.withUnsafeBufferPointer { scanner.scanPlaces($0, enforcingLengths: false) }
    precondition(places == right, "Jansson says \(right), the scanner in place \(places)")
    let strict = text.withUnsafeBufferPointer { scanner.scan($0, enforcingLengths: true) }
    precondition(strict == right || (right && text.count > shortText), "the scanner thinks a short text too long")
    if text.count <= shortText {
        let accepts = (try? JSONValidator.validateEvent(text.span)) != nil
        precondition(accepts == right, "Jansson says \(right), the tokenizer \(accepts)")
    }
}

/// A text of this length has no number and no name that is too long, also for the scanner, whose estimate is rough.
private let shortText = 750

/// Whether Jansson reads the object at the start of a text.
///
/// What it does otherwise is taken out beforehand, so that everything else must agree:
///
/// - it refuses text behind the value: it gets the text up to the brace that closes the first one;
/// - it refuses numbers beyond its types: long runs of digits are cut, which keeps their grammar;
/// - it refuses lone surrogates, and NUL in a name: escapes of either become another escape;
/// - it overlooks a NUL byte behind a number or a literal: it gets another byte that is not allowed there;
/// - it drops the first of two members with one name, however deep that one is: depth is counted here.
private func isEvent(_ text: [UInt8]) -> Bool {
    guard let object = Outline(text).object else { return false }
    return (try? JSONValue(parsing: object)) != nil
}

/// What of a text Jansson is asked about.
private struct Outline {
    /// From the first brace to the one that closes it, without what Jansson has no room for; nil when there is no such
    /// brace, or when the nesting is too deep.
    private(set) var object: [UInt8]?

    init(_ text: [UInt8]) {
        let body = text.drop { $0 == 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }
        guard body.first == UInt8(ascii: "{") else { return }
        var out: [UInt8] = []
        var place = body.startIndex
        var depth = 0
        while place < text.endIndex {
            let byte = text[place]
            switch byte {
            case UInt8(ascii: "\""):
                guard let end = Self.copyString(text, from: place, to: &out) else { return }
                place = end
                continue
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                place = Self.copyDigits(text, from: place, to: &out)
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            default: break
            }
            if depth > EventScanner.depthLimit { return }
            out.append(max(byte, 1))
            place += 1
            if depth == 0 {
                object = out
                return
            }
        }
    }

    /// Copies the string at `start`. Returns the place behind its closing quote; nil when it has none.
    private static func copyString(_ text: [UInt8], from start: Int, to out: inout [UInt8]) -> Int? {
        var place = start + 1
        out.append(text[start])
        while place < text.endIndex {
            let plain = text[place...].prefix { $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
            out += plain
            place = plain.endIndex
            if text[place...].first == UInt8(ascii: "\"") {
                out.append(text[place])
                return place + 1
            }
            // What is escaped does not close the string.
            if isUnheld(text[place...].prefix(6)) {
                out += Array("\\u0041".utf8)
                place += 6
            } else {
                let escape = text[place...].prefix(2)
                out += escape
                place = escape.endIndex
            }
        }
        return nil
    }

    /// Whether this is an escape of NUL, or of a surrogate.
    private static func isUnheld(_ escape: ArraySlice<UInt8>) -> Bool {
        guard escape.count == 6, escape.dropFirst().first == UInt8(ascii: "u") else { return false }
        let digits = escape.dropFirst(2)
        guard digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else { return false }
        let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
        return unit.map { $0 == 0 || (0xD800...0xDFFF).contains($0) } ?? false
    }

    /// Copies no more digits than fit into a number of any type: in an exponent two, elsewhere fifteen.
    private static func copyDigits(_ text: [UInt8], from start: Int, to out: inout [UInt8]) -> Int {
        let digits = text[start...].prefix { (0x30...0x39).contains($0) }
        var before = text[..<start]
        if let sign = before.last, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") { before.removeLast() }
        let isExponent = before.last.map { $0 | 0x20 } == UInt8(ascii: "e")
        out += digits.prefix(isExponent ? 2 : 15)
        return digits.endIndex
    }
}
