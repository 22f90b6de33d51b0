/// The sizes beyond which a JSON text is refused: those of Jackson 2.15 and later (`StreamReadConstraints`).
public enum JSONLimits {
    /// Objects and arrays inside each other.
    public static let depth = 1_000
    /// Digits of one number: integer, fraction and exponent together.
    public static let numberDigits = 1_000
    /// UTF-16 code units of one member name.
    public static let nameLength = 50_000
    /// UTF-16 code units of one string.
    public static let stringLength = 20_000_000
}
