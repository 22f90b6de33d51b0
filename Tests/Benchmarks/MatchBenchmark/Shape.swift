/// Patterns of one shape, as many as wanted, each different, and events that look for them.
struct Shape: Sendable {
    let name: String
    /// The pattern with this number.
    let pattern: @Sendable (Int) -> String
    /// An event for `count` patterns.
    let event: @Sendable (_ count: Int, inout RandomSource) -> String

    private static let states = ["running", "stopped", "pending", "terminated"]
    private static let types = ["Order Placed", "Order Paid", "State Change", "Audit"]
    private static let filler = String(repeating: "lorem ipsum ", count: 14)

    static let exact = Shape(
        name: "exact",
        pattern: { number in
            """
            {"source":["app.\(number % 1_000)"],"detail-type":["\(types[number % 4])"],\
            "detail":{"tenant":["t-\(number)"],"state":["\(states[number / 4 % 4])"]}}
            """
        },
        event: { count, random in
            let number = random.number(count)
            return envelope(
                number, "\"tenant\":\"t-\(number)\",\"state\":\"\(states[number / 4 % 4])\",\"note\":\"\(filler)\"")
        })

    static let prefix = value("prefix", { "{\"prefix\":\"/shop/\($0 * 7_919 % 1_000_003)/\"}" }) { count, random in
        "/shop/\(random.number(count) * 7_919 % 1_000_003)/cart/checkout"
    }

    static let suffix = value("suffix", { "{\"suffix\":\"-\($0 * 7_919 % 1_000_003).log\"}" }) { count, random in
        "/var/log/service-\(random.number(count) * 7_919 % 1_000_003).log"
    }

    static let wildcard = value("wildcard", { "{\"wildcard\":\"/user/\($0 * 7_919 % 1_000_003)/*/order/*\"}" }) {
        count, random in "/user/\(random.number(count) * 7_919 % 1_000_003)/eu/order/\(random.number(100))"
    }

    static let numeric = Shape(
        name: "numeric",
        pattern: { number in
            "{\"detail\":{\"price\":[{\"numeric\":[\">=\",\(number * 10),\"<\",\(number * 10 + 15)]}]}}"
        },
        event: { count, random in
            envelope(1, "\"price\":\(random.number(count * 10)).25,\"note\":\"\(filler)\"")
        })

    static let anythingBut = Shape(
        name: "anything-but",
        pattern: { number in
            "{\"detail\":{\"tenant\":[\"t-\(number)\"],\"state\":[{\"anything-but\":[\"s-\(number % 100)\"]}]}}"
        },
        event: { count, random in
            envelope(
                1,
                "\"tenant\":\"t-\(random.number(count))\",\"state\":\"s-\(random.number(100))\",\"note\":\"\(filler)\"")
        })

    /// Patterns as people write them: tenants, users, devices, bands of prices, prefixes; events of 1 to 4 kB.
    static let mixed = Shape(
        name: "mixed",
        pattern: { number in
            let tenant = "\"tenant\":[\"t-\(number % 5_000)\"]"
            return switch number % 8 {
            case 0: "{\"detail-type\":[\"Order Placed\"],\"detail\":{\(tenant),\"user\":{\"id\":[\"u-\(number)\"]}}}"
            case 1: "{\"source\":[\"app.\(number % 1_000)\"],\"detail\":{\"device\":[{\"prefix\":\"d-\(number)-\"}]}}"
            case 2:
                "{\"detail\":{\(tenant),\"price\":[{\"numeric\":[\">\",\(number % 977),\"<=\",\(number % 977 + 50)]}]}}"
            case 3: "{\"detail\":{\(tenant),\"state\":[{\"anything-but\":[\"s-\(number % 100)\"]}]}}"
            case 4:
                "{\"detail\":{\"user\":{\"id\":[\"u-\(number)\",\"u-\(number + 1)\"]},\"error\":[{\"exists\":false}]}}"
            case 5:
                "{\"detail\":{\"items\":{\"sku\":[\"sku-\(number % 20_000)\"],\"count\":[{\"numeric\":[\">\",\(number % 7)]}]}}}"
            case 6: "{\"detail\":{\"path\":[{\"wildcard\":\"/eu/*/\(number)/*\"}]}}"
            default:
                "{\"$or\":[{\"detail\":{\"device\":[\"d-\(number)\"]}},{\"detail\":{\"owner\":[{\"equals-ignore-case\":\"Owner-\(number)\"}]}}]}"
            }
        },
        event: { count, random in
            let number = random.number(count)
            let items = (0..<2 + random.number(20)).map { _ in
                "{\"sku\":\"sku-\(random.number(20_000))\",\"count\":\(random.number(9)),\"title\":\"a thing to sell\"}"
            }
            return envelope(
                number,
                """
                "tenant":"t-\(number % 5_000)","user":{"id":"u-\(number)","name":"Somebody","tags":["new","eu"]},\
                "device":"d-\(number)-\(random.number(10))","price":\(random.number(1_100)).5,"state":"s-\(random.number(100))",\
                "path":"/eu/shop/\(number)/cart","owner":"OWNER-\(number)","items":[\(items.joined(separator: ","))],\
                "note":"\(filler)\(filler)"
                """)
        })

    private static func value(
        _ name: String, _ matcher: @escaping @Sendable (Int) -> String,
        text: @escaping @Sendable (_ count: Int, inout RandomSource) -> String
    ) -> Shape {
        Shape(
            name: name, pattern: { "{\"detail\":{\"path\":[\(matcher($0))]}}" },
            event: { envelope(1, "\"path\":\"\(text($0, &$1))\",\"note\":\"\(filler)\"") })
    }

    private static func envelope(_ number: Int, _ detail: String) -> String {
        """
        {"version":"0","id":"0192f6a0-0000-7000-8000-000000000000","detail-type":"\(types[number % 4])",\
        "source":"app.\(number % 1_000)","account":"000000000000","time":"2026-11-21T01:02:03Z","region":"local",\
        "resources":[],"detail":{\(detail)}}
        """
    }
}
