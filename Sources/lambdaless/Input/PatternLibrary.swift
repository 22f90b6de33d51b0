#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The patterns that come with the program: files `NAME.json` in the folder `Patterns`, NAME with its folder.
enum PatternLibrary {
    /// The file of the pattern called `name`, such as `orders/large-order`.
    /// - Throws: ``CommandFailure`` that says what names there are.
    static func path(of name: String) throws -> String {
        if let path = file("\(name).json") { return path }
        throw CommandFailure(
            "'\(name)' is neither JSON (which begins with {), nor a file, nor a pattern's name\(suggestion(name))")
    }

    /// The lines of a file of the library, such as the events of a pattern.
    /// - Throws: ``CommandFailure`` where there is no such file.
    static func lines(of name: String) throws -> [[UInt8]] {
        guard let path = file(name) else {
            throw CommandFailure("there is no \(name) in a folder Patterns; name the folder in LAMBDALESS_PATTERNS")
        }
        return try InputFile(path: path).readAll().split(separator: UInt8(ascii: "\n")).map(Array.init)
    }

    private static func file(_ name: String) -> String? {
        guard !name.hasPrefix("/"), !name.split(separator: "/").contains("..") else { return nil }
        return folders.lazy.map { "\($0)/\(name)" }.first(where: GivenText.isFile)
    }

    /// `LAMBDALESS_PATTERNS`, `Patterns` here, and `Patterns` in a folder above the program, where it was built.
    private static var folders: [String] {
        var folders = [Environment.value("LAMBDALESS_PATTERNS"), "Patterns"].compactMap { $0 }
        let program = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().path
        var folder = (program.isEmpty || program == "/proc/self/exe" ? CommandLine.arguments[0] : program)[...]
        while let slash = folder.lastIndex(of: "/") {
            folder = folder[..<slash]
            folders.append("\(folder)/Patterns")
        }
        return folders
    }

    /// All that is in a folder, which may be a link to one; nil where there is none.
    private static func subpaths(of folder: String) -> [String]? {
        // Nothing is listed of a link itself.
        let path = URL(filePath: folder).resolvingSymlinksInPath().path
        return try? FileManager.default.subpathsOfDirectory(atPath: path)
    }

    private static func suggestion(_ name: String) -> String {
        let names = folders.lazy.compactMap(subpaths).first ?? []
        let patterns = names.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
        if patterns.isEmpty { return "; there is no folder Patterns here, and LAMBDALESS_PATTERNS names none" }
        let parts = name.lowercased().split { $0 == "/" || $0 == "-" }
        let near = patterns.filter { pattern in parts.contains { pattern.contains($0) } }
        return "; there are " + (near.isEmpty ? patterns : near).prefix(12).joined(separator: ", ")
            + ((near.isEmpty ? patterns : near).count > 12 ? ", …" : "")
    }
}
