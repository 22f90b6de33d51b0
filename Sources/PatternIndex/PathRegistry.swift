internal import EventPattern

/// The paths that the patterns of an index ask for, with the ids under which events are read.
struct PathRegistry {
    private struct Registration {
        let id: Int
        var users: Int
    }

    private var registrations: [[UInt8]: Registration] = [:]
    private var freeIDs: [Int] = []
    /// Bytes of all registered paths.
    private var liveBytes = 0
    /// For reading an event.
    private(set) var table = PathTable()
    /// One more than the largest id in use.
    private(set) var capacity = 0

    /// Counts one more user of `path`. Returns its id.
    mutating func retain(_ path: [UInt8]) -> Int {
        if let registration = registrations[path] {
            registrations[path]?.users += 1
            return registration.id
        }
        let id = freeIDs.popLast() ?? capacity
        capacity = max(capacity, id + 1)
        registrations[path] = Registration(id: id, users: 1)
        liveBytes += path.count
        table.insert(path, id: id)
        return id
    }

    /// Counts one user less; without users the path is forgotten.
    mutating func release(_ path: [UInt8]) {
        guard let registration = registrations[path] else { return }
        if registration.users > 1 {
            registrations[path]?.users -= 1
            return
        }
        registrations[path] = nil
        freeIDs.append(registration.id)
        liveBytes -= path.count
        table.remove(path)
        if table.isMostlyUnused(live: liveBytes) { rebuild() }
    }

    /// Makes the table anew, without what forgotten paths have left in it.
    private mutating func rebuild() {
        table = PathTable()
        for (path, registration) in registrations { table.insert(path, id: registration.id) }
    }
}
