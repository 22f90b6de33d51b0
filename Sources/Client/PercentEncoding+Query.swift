package import Access

extension PercentEncoding {
    /// `text` with everything encoded that is not unreserved (RFC 3986 §2.3).
    package static func encode(_ text: String) -> String { encode(text.utf8) }

    /// `?a=b&c=d`; empty for no parameters.
    package static func query(_ parameters: [(name: String, value: String)]) -> String {
        parameters.enumerated().map { index, parameter in
            (index == 0 ? "?" : "&") + encode(parameter.name) + "=" + encode(parameter.value)
        }.joined()
    }
}
