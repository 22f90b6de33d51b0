import EventPattern
import Testing

/// What is refused, with which words, and where. A column in these tables is where AWS says the fault is: after the
/// last thing it has read.
@Suite("Patterns that are refused")
struct ErrorTextTests {
    @Test(
        "The reason is AWS's, with its column",
        arguments: [
            // The shape of a pattern.
            (#"["not", "a", "dict"]"#, "Filter is not an object", 2),
            (#""#, "Filter is not an object", 1),
            (#"{"int": 42}"#, #""int" must be an object or an array"#, 11),
            (#"{"string": "my-value"}"#, #""string" must be an object or an array"#, 13),
            (#"{"a":"not closed}"#, #""a" must be an object or an array"#, 7),
            (#"{"resources": []}"#, "Empty arrays are not allowed", 17),
            (#"{}"#, "Empty objects are not allowed", 3),
            (#"{"a":{}}"#, "Empty objects are not allowed", 8),
            (#"{"a":[[1]]}"#, "Match value must be String, number, true, false, or null", 8),
            // $or.
            (#"{"$or":{"a":[1]}}"#, "It must be an Array followed with $or.", 9),
            (#"{"$or":[{"a":[1]},2]}"#, "Only JSON object is allowed in array of $or relationship.", 20),
            (#"{"$or":[{"a":[1]}]}"#, "There must have at least 2 Objects in $or relationship.", 19),
            (#"{"$or":[]}"#, "There must have at least 2 Objects in $or relationship.", 10),
            (#"{"$or":[{},{"a":[1]}]}"#, "Empty objects are not allowed", 11),
            (
                #"{"$or":[{"a":{"prefix":["x"]}},{"b":[1]}]}"#,
                "prefix is Ruler reserved fieldName which cannot be used inside $or.", 25
            ),
            (
                #"{"$or":[{"date-after":["x"]},{"b":[1]}]}"#,
                "date-after is Ruler reserved fieldName which cannot be used inside $or.", 24
            ),
            // Match expressions.
            (#"{"my_key": [{"EXISTS": true}]}"#, "Unrecognized match type EXISTS", 28),
            (#"{"a":[{}]}"#, "Match expression name not found", 9),
            (#"{"a":[{"prefix":"x","suffix":"y"}]}"#, "Only one key allowed in match expression", 31),
            (#"{"a":[{"exactly":1}]}"#, "exact match pattern must be a string", 19),
            (#"{"time": [{"prefix": ["2022-07-13"]}]}"#, "prefix match pattern must be a string", 23),
            (#"{"time": [{"prefix": 123}]}"#, "prefix match pattern must be a string", 25),
            (#"{"FileName": [{"suffix": 123}]}"#, "suffix match pattern must be a string", 29),
            (#"{"a":[{"prefix":{}}]}"#, "Prefix expression name not found", 19),
            (#"{"a":[{"suffix":{}}]}"#, "Suffix expression name not found", 19),
            (#"{"a":[{"suffix":{"wildcard":"x"}}]}"#, "Unsupported suffix pattern: wildcard", 30),
            (#"{"a":[{"prefix":{"equals-ignore-case":1}}]}"#, "equals-ignore-case match pattern must be a string", 40),
            (
                #"{"detail-type": [{"equals-ignore-case": ["ec2"]}]}"#,
                "equals-ignore-case match pattern must be a string", 42
            ),
            (
                #"{"detail-type": [{"equals-ignore-case": {"prefix": "ec2"}}]}"#,
                "equals-ignore-case match pattern must be a string", 42
            ),
            (#"{"EventBusArn": [{"wildcard": 123}]}"#, "wildcard match pattern must be a string", 34),
            (#"{"a":[{"wildcard":"a**b"}]}"#, "Consecutive wildcard characters at pos 2", 25),
            (#"{"a":[{"wildcard":"é**b"}]}"#, "Consecutive wildcard characters at pos 3", 25),
            (#"{"a":[{"wildcard":"a\\b"}]}"#, "Invalid escape character at pos 2", 25),
            (#"{"a":[{"exists":1}]}"#, "exists match pattern must be either true or false.", 18),
            (
                #"{"detail": {"sourceIPAddress": [{"cidr": ["bad-type"]}]}}"#, "prefix match pattern must be a string",
                43
            ),
            // numeric.
            (#"{"detail": {"equal": [{"NUMERIC": ["=", 5]}]}}"#, "Unrecognized match type NUMERIC", 36),
            (#"{"a":[{"numeric":1}]}"#, "Value of numeric must be an array.", 19),
            (#"{"a":[{"numeric":[1,"<"]}]}"#, "Invalid member in numeric match: 1", 20),
            (#"{"a":[{"numeric":[]}]}"#, "Invalid member in numeric match: ]", 20),
            (#"{"a":[{"numeric":["!=",1]}]}"#, "Unrecognized numeric range operator: !=", 25),
            (#"{"a":[{"numeric":["="]}]}"#, "Value of equals must be numeric", 23),
            (#"{"a":[{"numeric":["<","5"]}]}"#, "Value of < must be numeric", 24),
            (#"{"a":[{"numeric":["<",5,">",1]}]}"#, "Too many elements in numeric expression", 26),
            (#"{"a":[{"numeric":["=",5],"x":1}]}"#, "Too many elements in numeric expression", 31),
            (#"{"a":[{"numeric":[">",1,2]}]}"#, "Bad value in numeric range: 2", 26),
            (#"{"detail": {"c-count": [{"numeric": [">", 0, ">", 0]}]}}"#, "Bad numeric range operator: >", 49),
            (#"{"detail": {"c-count": [{"numeric": [">", 0, "<"]}]}}"#, "Value of < must be numeric", 50),
            (#"{"a":[{"numeric":[">",1,"<",2,"<",3]}]}"#, "Too many terms in numeric range expression", 32),
            (#"{"a":[{"numeric":[">=",5,"<=",5]}]}"#, "Bottom must be less than top", 33),
            (#"{"a":[{"numeric":["=",1e309]}]}"#, "Cannot compare number : 1e309", 29),
            // anything-but.
            (
                #"{"a":[{"anything-but":null}]}"#,
                "Value of anything-but must be an array or single string/number value.", 27
            ),
            (#"{"a":[{"anything-but":{}}]}"#, "Anything-But expression name not found", 25),
            (#"{"a":[{"anything-but":{"numeric":["=",1]}}]}"#, "Unsupported anything-but pattern: numeric", 35),
            (
                #"{"a":[{"anything-but":[]}]}"#,
                "Inside anything but list, either all values are number or string, mixed type is not supported", 25
            ),
            (
                #"{"a":[{"anything-but":["a",1]}]}"#,
                "Inside anything but list, either all values are number or string, mixed type is not supported", 30
            ),
            (#"{"a":[{"anything-but":{"prefix":""}}]}"#, "Null prefix/suffix not allowed", 35),
            (#"{"a":[{"anything-but":"a","x":"b"}]}"#, "Too many elements in numeric expression", 32),
            (
                #"{"detail": {"FileName": [{"anything-but": {"prefix": {"equals-ignore-case": "file"}}}]}}"#,
                "Value of anything-but must be an array or single string/number value.", 55
            ),
            (
                #"{"detail": {"FilePath": [{"anything-but": {"wildcard": 123}}]}}"#,
                "wildcard match pattern must be a string", 59
            ),
            (
                #"{"detail": {"state": [{"anything-but": {"equals-ignore-case": 123}}]}}"#,
                "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.", 66
            ),
            (#"{"a":[{"anything-but":{"wildcard":["x","a**"]}}]}"#, "Consecutive wildcard characters at pos 2", 46),
            // JSON.
            (
                #"this is valid json but not a dict"#,
                "Unrecognized token 'this': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')",
                5
            ),
            (
                #"{'bad': 'quotation'}"#,
                "Unexpected character (''' (code 39)): was expecting double-quote to start field name", 2
            ),
            (
                #"{"not": closed mark""#,
                "Unrecognized token 'closed': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')",
                15
            ),
        ])
    func reason(pattern: String, summary: String, column: Int) {
        let error = #expect(throws: EventPatternError.self) { try EventPattern(pattern) }
        #expect(error?.reason == "\(summary)\n at [Source: (String)\"\(pattern)\"; line: 1, column: \(column)]")
        #expect(error?.summary == summary)
        #expect(error?.line == 1)
        #expect(error?.column == column)
        #expect(error?.message == error.map { "Event pattern is not valid. Reason: \($0.reason)" })
    }

    @Test(
        "Inside lists of anything-but AWS says the place twice",
        arguments: [
            (#"{"detail": {"state": [{"anything-but": {"equals-ignore-case": [123, 456]}}]}}"#, 67),
            (#"{"detail": {"state": [{"anything-but": {"wildcard": [123, "*/dir/*"]}}]}}"#, 57),
            (#"{"detail": {"FileName": [{"anything-but": {"suffix": [123, ".txt"]}}]}}"#, 58),
            (#"{"a":[{"anything-but":[[1]]}]}"#, 25), (#"{"a":[{"anything-but":{"prefix":["a",""]}}]}"#, 40),
        ])
    func twice(pattern: String, column: Int) throws {
        let error = #expect(throws: EventPatternError.self) { try EventPattern(pattern) }
        let place = "\n at [Source: (String)\"\(pattern)\"; line: 1, column: \(column)]"
        #expect(error.map { $0.reason == $0.summary + place + place } == true)
    }

    @Test(
        "Some reasons AWS gives without a place",
        arguments: [
            ("10.0.0.0", "Malformed CIDR, one '/' required"), ("", "Malformed CIDR, one '/' required"),
            ("10.0.0.0/", "Malformed CIDR, one '/' required"), ("1/2/3", "Malformed CIDR, one '/' required"),
            ("10.0.0.0/a", "Malformed CIDR, mask bits must be an integer"),
            ("10.0.0.0/99999999999", "Malformed CIDR, mask bits must be an integer"),
            ("10.0.0.0/-1", "Malformed CIDR, mask bits must not be negative"),
            ("10.0.0.0/32", "IPv4 mask bits must be < 32"), ("::/128", "IPv6 mask bits must be < 128"),
            ("xx.11.xx/8", "Nonstandard IP address: xx.11.xx"), ("10.0.0/8", "Nonstandard IP address: 10.0.0"),
            ("xxxx:db8:1234:1a00::/64", "Nonstandard IP address: xxxx:db8:1234:1a00::"),
            ("10.0.0.256/8", "Invalid IP address: 10.0.0.256"), ("1:2/8", "Invalid IP address: 1:2"),
            ("::1%eth0/8", "Nonstandard IP address: ::1%eth0"),
            ("::ffff:1.2.3.4/8", "Nonstandard IP address: ::ffff:1.2.3.4"),
        ])
    func withoutPlace(block: String, reason: String) {
        let error = #expect(throws: EventPatternError.self) { try EventPattern(#"{"a":[{"cidr":"\#(block)"}]}"#) }
        #expect(error?.reason == reason)
        #expect(error?.line == 1)
        #expect(error?.path == "$.a[0].cidr")
    }

    @Test("The place counts lines, and UTF-16 code units in them")
    func places() {
        let error = #expect(throws: EventPatternError.self) { try EventPattern("{\"é😀\":\n\r\n  [\"😀\", [1]]}") }
        #expect(error?.line == 3)
        #expect(error?.column == 11)
        #expect(error?.reason.hasSuffix("; line: 3, column: 11]") == true)
    }

    @Test("Of a long pattern the first 500 code units are shown, control characters escaped")
    func longPattern() {
        let name = String(repeating: "é", count: 600)
        let error = #expect(throws: EventPatternError.self) { try EventPattern("{\t\"\(name)\":1}") }
        let shown = "{\\u0009\"" + String(repeating: "é", count: 497)
        #expect(
            error?.reason.hasSuffix("[Source: (String)\"\(shown)\"[truncated 107 chars]; line: 1, column: 607]") == true
        )
    }

    @Test(
        "The path leads to the part at fault",
        arguments: [
            (#"{"a":{"b-c":[1,{"prefix":2}]}}"#, #"$.a["b-c"][1].prefix"#), (#"{"a":1}"#, "$.a"),
            (#"{"x":[1],"$or":[{"a":[1]},{"b":[{"numeric":["<"]}]}]}"#, "$.$or[1].b[0].numeric"),
            (#"{"a":[{"anything-but":{"prefix":["x",1]}}]}"#, #"$.a[0]["anything-but"].prefix"#), ("[]", "$"),
        ])
    func paths(pattern: String, path: String) {
        let error = #expect(throws: EventPatternError.self) { try EventPattern(pattern) }
        #expect(error?.path == path)
    }

    @Test("A typo in case gets a hint")
    func hint() {
        let error = #expect(throws: EventPatternError.self) { try EventPattern(#"{"a":[{"Prefix":"x"}]}"#) }
        #expect(error?.hint == "write prefix")
        #expect(error?.description == "Unrecognized match type Prefix ($.a[0].Prefix, line 1, column 18): write prefix")
    }
}
