import Glibc

/// A system call that failed where the benchmark cannot go on.
struct SystemError: Error, CustomStringConvertible {
    let call: String
    let number: Int32

    var description: String { unsafe "\(call): \(String(cString: strerror(number)))" }

    static func check(_ call: String, _ result: Int32) throws(SystemError) -> Int32 {
        guard result >= 0 else { throw SystemError(call: call, number: errno) }
        return result
    }
}
