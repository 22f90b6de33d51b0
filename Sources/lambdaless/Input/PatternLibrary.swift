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
        let isInside = !name.hasPrefix("/") && !name.split(separator: "/").contains("..")
        for folder in isInside ? folders : [] {
            let path = "\(folder)/\(name).json"
            if GivenText.isFile(path) { return path }
        }
        throw CommandFailure(
            "'\(name)' is neither JSON (which begins with {), nor a file, nor a pattern's name\(suggestion(name))")
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

    private static func suggestion(_ name: String) -> String {
        let names = folders.lazy.compactMap { try? FileManager.default.subpathsOfDirectory(atPath: $0) }.first ?? []
        let patterns = names.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
        if patterns.isEmpty { return "; there is no folder Patterns here, and LAMBDALESS_PATTERNS names none" }
        let parts = name.lowercased().split { $0 == "/" || $0 == "-" }
        let near = patterns.filter { pattern in parts.contains { pattern.contains($0) } }
        return "; there are " + (near.isEmpty ? patterns : near).prefix(12).joined(separator: ", ")
            + ((near.isEmpty ? patterns : near).count > 12 ? ", …" : "")
    }
}
