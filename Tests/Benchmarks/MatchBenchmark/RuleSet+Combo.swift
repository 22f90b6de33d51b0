extension RuleSet {
    /// Every set, in the order in which they are measured.
    static let all = single + [partialCombo, combo]

    /// 40 rules, without those about arrays: these take Ruler so long that they would hide the others.
    private static let partialCombo = RuleSet(name: "PARTIAL_COMBO", of: singleFields)

    /// 45 rules: the same, and those about arrays.
    private static let combo = RuleSet(name: "COMBO", of: singleFields + ["COMPLEX_ARRAYS"])

    private static let singleFields = [
        "NUMERIC", "EXACT", "PREFIX", "ANYTHING_BUT", "ANYTHING_BUT_IGNORE_CASE", "ANYTHING_BUT_PREFIX",
        "ANYTHING_BUT_SUFFIX", "ANYTHING_BUT_WILDCARD",
    ]

    /// All rules of some sets in one index.
    private init(name: String, of sets: [String]) {
        self.init(name: name, rules: sets.flatMap { set in Self.single.filter { $0.name == set }.flatMap(\.rules) })
    }
}
