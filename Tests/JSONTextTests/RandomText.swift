/// Pieces of JSON put together in order, then often damaged.
struct RandomText {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    private static let scalars = [
        "0", "-0", "1", "-12.5", "1e5", "1E-2", "0.1", "true", "false", "null", #""""#, #""a""#, #""é😀""#,
        #""\n\u00e9""#,
        #""\ud83d\ude00""#, #""\/\\\"""#,
    ]
    private static let damage =
        Array(#"{}[]",:\u0eE+-.tfn 19/"#.utf8) + [0x01, 0x0A, 0x1F, 0x80, 0xC3, 0xE2, 0xF0, 0xFF]

    private mutating func below(_ count: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % UInt64(count))
    }

    mutating func next() -> [UInt8] {
        var text = Array(value(depth: 0).utf8)
        for _ in 0..<max(0, below(5) - 2) {
            let place = below(text.count + 1)
            switch below(3) {
            case 0: text.insert(Self.damage[below(Self.damage.count)], at: place)
            case 1 where place < text.count: text.remove(at: place)
            default: if place < text.count { text[place] = Self.damage[below(Self.damage.count)] }
            }
        }
        return text
    }

    private mutating func value(depth: Int) -> String {
        let space = ["", "", " ", "\n", "\t\r\n"][below(5)]
        switch depth < 4 ? below(4) : 3 {
        case 0: return "[\((0..<below(4)).map { _ in value(depth: depth + 1) }.joined(separator: ","))\(space)]"
        case 1:
            let members = (0..<below(4)).map { index in "\(space)\"k\(index)\":\(value(depth: depth + 1))" }
            return "{\(members.joined(separator: ","))}"
        default: return space + Self.scalars[below(Self.scalars.count)] + space
        }
    }
}
