/// What one measurement found.
struct LoadReport {
    private var fields: [(name: String, value: String)] = []

    mutating func set(_ name: String, _ value: Int) { fields.append((name, "\(value)")) }

    mutating func set(_ name: String, _ value: Double) {
        fields.append((name, "\((value * 1e6).rounded() / 1e6)"))
    }

    func value(_ name: String) -> Int { fields.first { $0.name == name }.flatMap { Int($0.value) } ?? 0 }

    var json: String {
        "{" + fields.map { #""\#($0.name)":\#($0.value)"# }.joined(separator: ",") + "}"
    }
}
