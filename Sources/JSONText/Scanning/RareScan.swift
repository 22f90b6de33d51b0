/// What few blocks need. Apart from the rest and reached by its address, so that what every block needs can be kept in
/// registers.
struct RareScan {
    var exponents = ExponentScan()
    var text = TextScan()
    var lengths = LengthScan()
}
