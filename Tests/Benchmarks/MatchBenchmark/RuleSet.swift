/// The rule sets that Event Ruler's `Benchmarks.java` measures, by its names, and how many of 213,068 events each pattern
/// matches. Those of a single operator are here, those that it puts together from them in `RuleSet+Combo.swift`.
struct RuleSet {
    let name: String
    let rules: [(pattern: String, matches: Int)]

    /// The number of events for which `matches` holds.
    static let eventCount = 213_068

    static let single = [
        RuleSet(
            name: "EXACT",
            rules: [
                (#"{"properties":{"MAPBLKLOT":["1430022"]}}"#, 1),
                (#"{"properties":{"MAPBLKLOT":["2607117"]}}"#, 101),
                (#"{"properties":{"MAPBLKLOT":["2607218"]}}"#, 35),
                (#"{"properties":{"MAPBLKLOT":["3745012"]}}"#, 655),
                (#"{"properties":{"MAPBLKLOT":["VACSTWIL"]}}"#, 1),
            ]),
        RuleSet(
            name: "WILDCARD",
            rules: [
                (#"{"properties":{"MAPBLKLOT":[{"wildcard":"143*"}]}}"#, 490),
                (#"{"properties":{"MAPBLKLOT":[{"wildcard":"2*0*1*7"}]}}"#, 713),
                (#"{"properties":{"MAPBLKLOT":[{"wildcard":"*218"}]}}"#, 43),
                (#"{"properties":{"MAPBLKLOT":[{"wildcard":"3*5*2"}]}}"#, 2_540),
                (#"{"properties":{"MAPBLKLOT":[{"wildcard":"VA*IL"}]}}"#, 1),
            ]),
        RuleSet(
            name: "PREFIX",
            rules: [
                (#"{"properties":{"STREET":[{"prefix":"AC"}]}}"#, 24),
                (#"{"properties":{"STREET":[{"prefix":"BL"}]}}"#, 442),
                (#"{"properties":{"STREET":[{"prefix":"DR"}]}}"#, 38),
                (#"{"properties":{"STREET":[{"prefix":"FU"}]}}"#, 2_387),
                (#"{"properties":{"STREET":[{"prefix":"RH"}]}}"#, 328),
            ]),
        RuleSet(
            name: "PREFIX_EQUALS_IGNORE_CASE",
            rules: [
                (#"{"properties":{"STREET":[{"prefix":{"equals-ignore-case":"Ac"}}]}}"#, 24),
                (#"{"properties":{"STREET":[{"prefix":{"equals-ignore-case":"bL"}}]}}"#, 442),
                (#"{"properties":{"STREET":[{"prefix":{"equals-ignore-case":"dR"}}]}}"#, 38),
                (#"{"properties":{"STREET":[{"prefix":{"equals-ignore-case":"Fu"}}]}}"#, 2_387),
                (#"{"properties":{"STREET":[{"prefix":{"equals-ignore-case":"rH"}}]}}"#, 328),
            ]),
        RuleSet(
            name: "SUFFIX",
            rules: [
                (#"{"properties":{"STREET":[{"suffix":"ON"}]}}"#, 17_921),
                (#"{"properties":{"STREET":[{"suffix":"KE"}]}}"#, 871),
                (#"{"properties":{"STREET":[{"suffix":"MM"}]}}"#, 13),
                (#"{"properties":{"STREET":[{"suffix":"ING"}]}}"#, 1_963),
                (#"{"properties":{"STREET":[{"suffix":"GO"}]}}"#, 682),
            ]),
        RuleSet(
            name: "SUFFIX_EQUALS_IGNORE_CASE",
            rules: [
                (#"{"properties":{"STREET":[{"suffix":{"equals-ignore-case":"oN"}}]}}"#, 17_921),
                (#"{"properties":{"STREET":[{"suffix":{"equals-ignore-case":"Ke"}}]}}"#, 871),
                (#"{"properties":{"STREET":[{"suffix":{"equals-ignore-case":"mM"}}]}}"#, 13),
                (#"{"properties":{"STREET":[{"suffix":{"equals-ignore-case":"InG"}}]}}"#, 1_963),
                (#"{"properties":{"STREET":[{"suffix":{"equals-ignore-case":"gO"}}]}}"#, 682),
            ]),
        RuleSet(
            name: "EQUALS_IGNORE_CASE",
            rules: [
                (#"{"properties":{"STREET":[{"equals-ignore-case":"jefferson"}]}}"#, 131),
                (#"{"properties":{"STREET":[{"equals-ignore-case":"bEaCh"}]}}"#, 211),
                (#"{"properties":{"STREET":[{"equals-ignore-case":"HyDe"}]}}"#, 1_758),
                (#"{"properties":{"STREET":[{"equals-ignore-case":"CHESTNUT"}]}}"#, 825),
                (#"{"properties":{"ST_TYPE":[{"equals-ignore-case":"st"}]}}"#, 116_386),
            ]),
        RuleSet(
            name: "COMPLEX_ARRAYS",
            rules: [
                (
                    #"{"geometry":{"type":["Polygon"],"coordinates":{"x":[{"numeric":["=",-122.42916360922355]}]}}}"#,
                    218
                ),
                (
                    #"{"geometry":{"type":["MultiPolygon"],"coordinates":{"y":[{"numeric":["=",37.729900216217324]}]}}}"#,
                    1
                ),
                (#"{"geometry":{"coordinates":{"x":[{"numeric":["<",-122.41600944012424]}]}}}"#, 149_446),
                (#"{"geometry":{"coordinates":{"x":[{"numeric":[">",-122.41600944012424]}]}}}"#, 64_368),
                (
                    #"{"geometry":{"coordinates":{"x":[{"numeric":[">",-122.46471267081272,"<",-122.4063085128395]}]}}}"#,
                    127_485
                ),
            ]),
        RuleSet(
            name: "NUMERIC",
            rules: [
                (
                    #"{"geometry":{"type":["Polygon"],"firstCoordinates":{"x":[{"numeric":["=",-122.42916360922355]}]}}}"#,
                    2
                ),
                (#"{"geometry":{"type":["MultiPolygon"],"firstCoordinates":{"z":[{"numeric":["=",0]}]}}}"#, 120),
                (#"{"geometry":{"firstCoordinates":{"x":[{"numeric":["<",-122.41600944012424]}]}}}"#, 148_948),
                (#"{"geometry":{"firstCoordinates":{"x":[{"numeric":[">",-122.41600944012424]}]}}}"#, 64_120),
                (
                    #"{"geometry":{"firstCoordinates":{"x":[{"numeric":[">",-122.46471267081272,"<",-122.4063085128395]}]}}}"#,
                    127_053
                ),
            ]),
        RuleSet(
            name: "ANYTHING_BUT",
            rules: [
                (#"{"properties":{"STREET":[{"anything-but":["FULTON"]}]}}"#, 211_158),
                (#"{"properties":{"STREET":[{"anything-but":["MASON"]}]}}"#, 210_411),
                (#"{"properties":{"ST_TYPE":[{"anything-but":["ST"]}]}}"#, 96_682),
                (#"{"geometry":{"type":[{"anything-but":["Polygon"]}]}}"#, 120),
                (#"{"properties":{"FROM_ST":[{"anything-but":["441"]}]}}"#, 210_615),
            ]),
        RuleSet(
            name: "ANYTHING_BUT_IGNORE_CASE",
            rules: [
                (#"{"properties":{"STREET":[{"anything-but":{"equals-ignore-case":["Fulton"]}}]}}"#, 211_158),
                (#"{"properties":{"STREET":[{"anything-but":{"equals-ignore-case":["Mason"]}}]}}"#, 210_411),
                (#"{"properties":{"ST_TYPE":[{"anything-but":{"equals-ignore-case":["st"]}}]}}"#, 96_682),
                (#"{"geometry":{"type":[{"anything-but":{"equals-ignore-case":["polygon"]}}]}}"#, 120),
                (#"{"properties":{"FROM_ST":[{"anything-but":{"equals-ignore-case":["441"]}}]}}"#, 210_615),
            ]),
        RuleSet(
            name: "ANYTHING_BUT_PREFIX",
            rules: [
                (#"{"properties":{"STREET":[{"anything-but":{"prefix":"FULTO"}}]}}"#, 211_158),
                (#"{"properties":{"STREET":[{"anything-but":{"prefix":"MASO"}}]}}"#, 210_118),
                (#"{"properties":{"ST_TYPE":[{"anything-but":{"prefix":"S"}}]}}"#, 96_667),
                (#"{"geometry":{"type":[{"anything-but":{"prefix":"Poly"}}]}}"#, 120),
                (#"{"properties":{"FROM_ST":[{"anything-but":{"prefix":"44"}}]}}"#, 209_091),
            ]),
        RuleSet(
            name: "ANYTHING_BUT_SUFFIX",
            rules: [
                (#"{"properties":{"STREET":[{"anything-but":{"suffix":"ULTON"}}]}}"#, 211_136),
                (#"{"properties":{"STREET":[{"anything-but":{"suffix":"ASON"}}]}}"#, 210_411),
                (#"{"properties":{"ST_TYPE":[{"anything-but":{"suffix":"T"}}]}}"#, 94_908),
                (#"{"geometry":{"type":[{"anything-but":{"suffix":"olygon"}}]}}"#, 0),
                (#"{"properties":{"FROM_ST":[{"anything-but":{"suffix":"41"}}]}}"#, 209_055),
            ]),
        RuleSet(
            name: "ANYTHING_BUT_WILDCARD",
            rules: [
                (#"{"properties":{"MAPBLKLOT":[{"anything-but":{"wildcard":"143*"}}]}}"#, 212_578),
                (#"{"properties":{"MAPBLKLOT":[{"anything-but":{"wildcard":"2*0*1*7"}}]}}"#, 212_355),
                (#"{"properties":{"MAPBLKLOT":[{"anything-but":{"wildcard":"*218"}}]}}"#, 213_025),
                (#"{"properties":{"MAPBLKLOT":[{"anything-but":{"wildcard":"3*5*2"}}]}}"#, 210_528),
                (#"{"properties":{"MAPBLKLOT":[{"anything-but":{"wildcard":"VA*IL"}}]}}"#, 213_067),
            ]),
    ]
}
