/// What one measurement found.
struct LoadReport {
    private var fields: [(name: String, value: String)] = []

    mutating func set(_ name: String, _ value: Int) { fields.append((name, "\(value)")) }

    mutating func set(_ name: String, _ value: Double) {
        let thousandths = Int((value * 1000).rounded())
        let digits = String(abs(thousandths) % 1000)
        let sign = thousandths < 0 ? "-" : ""
        fields.append(
            (name, "\(sign)\(abs(thousandths) / 1000).\(String(repeating: "0", count: 3 - digits.count))\(digits)"))
    }

    var json: String {
        "{" + fields.map { #""\#($0.name)":\#($0.value)"# }.joined(separator: ",") + "}"
    }
}
