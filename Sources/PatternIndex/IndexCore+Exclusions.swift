internal import JSONText

/// `anything-but` with lists of strings or numbers.
///
/// A value satisfies all such tests of its field but those that exclude it. Under each excluded value the index keeps the
/// tests that exclude it, so one look-up for each value says which tests it leaves unsatisfied, however many there are and
/// however long their lists. That is done when the event has been read: a test is unsatisfied if all values of its field
/// are in its list. Where there are few values to compare with, they are compared one by one while reading, which is
/// faster.
extension IndexCore {
    /// Up to as many excluded values of a field are compared one by one.
    static let comparedExclusionsMax: Int32 = 8

    /// The kind of the records for the values that an operand excludes; nil if it excludes by prefix and the like.
    static func excludedKind(_ operand: UnsafePointer<UInt8>) -> TestKind? {
        switch unsafe TestKind(rawValue: operand[0]) {
        case .string: .excludedString
        case .number: .excludedNumber
        default: nil
        }
    }

    /// Keeps a test under each value that it excludes.
    mutating func addExclusion(_ test: Int32, _ kind: TestKind) {
        let record = tests[test]
        let values = unsafe OperandReader.parts(ofExclusion: arena.pointer(record.operand))
        for (index, value) in values.enumerated() {
            let excluded = unsafe value.withUnsafeBufferPointer { unsafe intern(kind, bytes: $0, node: record.node) }
            tests[excluded].users += 1
            let link = links.insert(test, owner: excluded, first: &tests[excluded].dependents)
            linkPlaces(of: record, count: values.count)[index] = link
        }
        trie[record.node].excludedValues += Int32(truncatingIfNeeded: values.count)
        trie[record.node].exclusionCount += 1
        tests[test].place = links.insert(test, owner: -1, first: &trie[record.node].exclusions)
    }

    mutating func removeExclusion(_ test: Int32) {
        let record = tests[test]
        let count = unsafe OperandReader.partCount(ofExclusion: arena.pointer(record.operand))
        for index in 0..<count {
            let link = linkPlaces(of: record, count: count)[index]
            let excluded = links[link].owner
            links.remove(link, first: &tests[excluded].dependents)
            release(excluded)
        }
        trie[record.node].excludedValues -= Int32(truncatingIfNeeded: count)
        trie[record.node].exclusionCount -= 1
        links.remove(record.place, first: &trie[record.node].exclusions)
    }

    /// Satisfies the tests of a field that do not exclude all of its values.
    ///
    /// - Complexity: a look-up for each value, and one for each test under a value that occurs: as often as it may occur.
    @inline(never)
    mutating func probeExclusionsTogether(_ node: Int32) {
        scratch.exclusions.removeAll()
        // Different values so far, and how many tests exclude all of them.
        var different: Int32 = 0
        var excluding = 0
        var value = trie[node].first
        while value >= 0 {
            let excluded = findExcluded(value, node)
            if excluded < 0 {
                excluding = 0
                break
            }
            if scratch.exclusions.find(Self.key(excludedValue: excluded)) < 0 {
                scratch.exclusions.insert(Self.key(excludedValue: excluded), 0)
                different += 1
                excluding = countExcluding(excluded, different)
                if excluding == 0 { break }
                if scratch.work.isSpent {
                    scratch.work.abandon()
                    return
                }
            }
            value = scratch.values[value].next
        }
        var link = trie[node].exclusions
        while link >= 0 {
            let test = links[link].test
            let position = excluding == 0 ? -1 : scratch.exclusions.find(PlaceTable.key(test: test))
            if position >= 0, scratch.exclusions[position] == different {
                tests[test].mark = epoch &<< 1
            } else {
                satisfy(test)
            }
            link = links[link].next
        }
    }

    private static func key(excludedValue record: Int32) -> UInt64 { PlaceTable.key(test: record) | 1 &<< 32 }

    /// Counts the tests that exclude a value, the one with this number, and all before it. Returns how many these are.
    private mutating func countExcluding(_ excluded: Int32, _ number: Int32) -> Int {
        var count = 0
        var link = tests[excluded].dependents
        while link >= 0 {
            scratch.work.spend(4)
            let key = PlaceTable.key(test: links[link].test)
            let position = scratch.exclusions.find(key)
            if position < 0, number == 1 {
                scratch.exclusions.insert(key, 1)
                count += 1
            } else if position >= 0, scratch.exclusions[position] == number - 1 {
                scratch.exclusions[position] = number
                count += 1
            }
            link = links[link].next
        }
        return count
    }

    /// The record of a value that some test excludes; -1 if none does.
    private mutating func findExcluded(_ value: Int32, _ node: Int32) -> Int32 {
        let leaf = scratch.values[value]
        switch leaf.kind {
        case .string: return unsafe find(.excludedString, leaf.text, Int(leaf.length), node: node)
        case .number:
            if leaf.number.state == .incomparable { return -1 }
            let found = find(.excludedNumber, number: leaf.number.value, node: node)
            return found >= 0 && isComparable(value) ? found : -1
        default: return -1
        }
    }
}
