/// Where one field's values stand in the arrays of an event, so that only those consistent with what has been chosen
/// are looked at.
struct FieldPlaces {
    /// The elements in which values of the field stand; 0 when one stands in no array.
    private let places: Set<Int>
    /// The elements on the way to `places`.
    private let onTheWay: Set<Int>
    /// Per element, the arrays directly in it that lead to a place.
    private var arraysIn: [Int: [Int]] = [:]
    /// Per array, its elements that lead to a place.
    private var elementsOf: [Int: [Int]] = [:]

    init(_ places: Set<Int>, in values: EventValues) {
        self.places = places
        var onTheWay: Set<Int> = []
        for place in places.sorted() {
            var element = place
            while element != 0, onTheWay.insert(element).inserted {
                let (array, parent) = (values.elements[element].array, values.elements[element].parent)
                if elementsOf[array, default: []].isEmpty { arraysIn[parent, default: []].append(array) }
                elementsOf[array, default: []].append(element)
                element = parent
            }
        }
        self.onTheWay = onTheWay
        arrays = Array(elementsOf.keys)
    }

    /// Whether the field has no place at all.
    var isEmpty: Bool { places.isEmpty }

    /// The arrays on the way to some place.
    let arrays: [Int]

    /// Calls `visit` with each place that is consistent with `choice`, which maps arrays to their chosen elements,
    /// until it returns true. Returns whether it did.
    ///
    /// - Complexity: proportional to what is visited; elements that were not chosen are not looked at.
    func first(consistentWith choice: [Int: Int], where visit: (Int) -> Bool) -> Bool {
        var open = [0]
        while let element = open.popLast() {
            if places.contains(element), visit(element) { return true }
            for array in arraysIn[element] ?? [] {
                if let chosen = choice[array] {
                    if onTheWay.contains(chosen) { open.append(chosen) }
                } else {
                    open.append(contentsOf: elementsOf[array] ?? [])
                }
            }
        }
        return false
    }
}
