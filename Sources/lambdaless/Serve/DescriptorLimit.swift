#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// How many files and sockets this process may have open: each connection is one.
struct DescriptorLimit: Equatable {
    var descriptorsMax: Int

    /// The limit of this process, after its soft limit is raised to the hard one, which any process may do.
    static func raised() -> DescriptorLimit {
        var limit = rlimit()
        #if canImport(Glibc)
            let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #else
            let resource = RLIMIT_NOFILE
        #endif
        // Both calls read or write the one structure, which lives until they return.
        guard unsafe getrlimit(resource, &limit) == 0 else { return DescriptorLimit(descriptorsMax: 1024) }
        let soft = limit.rlim_cur
        limit.rlim_cur = limit.rlim_max
        if unsafe setrlimit(resource, &limit) != 0 { limit.rlim_cur = soft }
        return DescriptorLimit(descriptorsMax: Int(clamping: limit.rlim_cur))
    }

    /// How many WebSocket connections fit, with a reserve for publishers, whose requests would else wait for one of them
    /// to end, and for what the process itself has open.
    func connectionsMax(eventLoops: Int) -> Int {
        let ownDescriptors = 16 + 3 * eventLoops
        let publishers = min(max(descriptorsMax / 400, 32), 1024)
        return max(descriptorsMax - ownDescriptors - publishers, 1)
    }

    /// Below this many, somebody should know before it matters.
    private static let fewConnections = 4096

    /// What to tell whoever starts the broker; nil where there is nothing to do.
    ///
    /// - Parameter connectionsMax: the limit in force.
    func advice(connectionsMax: Int, eventLoops: Int) -> String? {
        let fitting = self.connectionsMax(eventLoops: eventLoops)
        let remedy =
            "raise the hard limit of open files, which is \(descriptorsMax): 'ulimit -Hn' in the shell, LimitNOFILE= in a "
            + "systemd unit, --ulimit nofile= of docker"
        if connectionsMax > fitting {
            return "--max-connections is \(connectionsMax), but only \(fitting) connections fit; \(remedy)"
        }
        guard fitting < Self.fewConnections, connectionsMax == fitting else { return nil }
        return "only \(fitting) connections fit; for more, \(remedy)"
    }
}
