import ArgumentParser

/// Why a measurement is worth nothing.
enum LoadError: Error, CustomStringConvertible {
    case notOpened(ready: Int, ended: Int)
    case publisherEnded

    var description: String {
        switch self {
        case .notOpened(let ready, let ended):
            "not all connections could be opened: \(ready) are ready, the server closed \(ended)"
        case .publisherEnded:
            "the server closed a publisher's connection"
        }
    }

    /// Ends the program, from where nothing can be thrown.
    func exit() -> Never { LoadCommand.exit(withError: self) }
}
