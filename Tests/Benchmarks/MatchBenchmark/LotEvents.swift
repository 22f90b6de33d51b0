/// Events in the shape of those that Event Ruler is measured with: lots of land in a city, about 900 bytes, of which most
/// are an array of points. A stand-in of our own; `--events` takes others.
enum LotEvents {
    private static let streets = [
        "FULTON", "MASON", "ACADIA", "BLAKE", "DRUMM", "RHODE ISLAND", "JEFFERSON", "BEACH", "HYDE", "CHESTNUT",
        "WASHINGTON", "MISSION", "HARRISON", "JACKSON", "BROWNING", "CHICAGO", "GEARY", "CALIFORNIA", "SACRAMENTO",
        "UNION", "LOMBARD", "POST", "PINE", "CLAY", "GREEN", "17TH", "FOLSOM", "CLARKE", "MARKET", "OAK", "FELL",
    ]
    private static let types = ["ST", "ST", "ST", "AVE", "DR", "WAY", "BLVD", "CT"]

    static func make(_ count: Int) -> [[UInt8]] {
        var random = RandomSource(seed: 20_241)
        return (0..<count).map { _ in Array(event(&random).utf8) }
    }

    private static func event(_ random: inout RandomSource) -> String {
        let block = random.one(of: ["143\(random.number(10))", "2607", "3745", "\(1_000 + random.number(8_000))"])
        let lot = random.one(of: ["117", "218", "012", "\(100 + random.number(900))"])
        let from = random.one(of: ["441", "44\(random.number(10))", "\(random.number(4_900))"])
        let kind = random.number(400) == 0 ? "null" : "\"\(random.one(of: types))\""
        let (x, y) = (-122.514 + random.fraction() * 0.156, 37.708 + random.fraction() * 0.102)
        var points = (0..<4 + random.number(random.number(8) == 0 ? 30 : 8)).map { _ in
            point(x + random.fraction() * 0.0006, y + random.fraction() * 0.0006)
        }
        points.append(points[0])
        return """
            {"type":"Feature","properties":{"MAPBLKLOT":"\(block)\(lot)","BLKLOT":"\(block)\(lot)","BLOCK_NUM":"\(block)",\
            "LOT_NUM":"\(lot)","FROM_ST":"\(from)","TO_ST":"\(from)","STREET":"\(random.one(of: streets))",\
            "ST_TYPE":\(kind),"ODD_EVEN":"\(random.one(of: ["O", "E"]))"},\
            "geometry":{"type":"\(random.number(100) == 0 ? "MultiPolygon" : "Polygon")",\
            "coordinates":[[\(points.joined(separator: ","))]],"firstCoordinates":\(points[0])}}
            """
    }

    private static func point(_ x: Double, _ y: Double) -> String { "{\"x\":\(x),\"y\":\(y),\"z\":0.0}" }
}
