// Runs the match benchmark by itself, for profilers: match-benchmark [--quick] [--fixed] [--events FILE] [FILTER]
import MatchBenchmark

var benchmark = MatchBenchmark()
var arguments = CommandLine.arguments.dropFirst()
while let argument = arguments.popFirst() {
    switch argument {
    case "--quick": benchmark.isQuick = true
    // One round over few events: for counting instructions.
    case "--fixed": benchmark.isFixed = true
    case "--events": benchmark.eventsPath = arguments.popFirst()
    default: benchmark.filter = argument
    }
}
try benchmark.run { print($0) }
