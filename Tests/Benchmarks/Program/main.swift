// Runs the match benchmark by itself, for profilers: match-benchmark [--quick] [--events FILE] [FILTER]
import MatchBenchmark

var benchmark = MatchBenchmark()
var arguments = CommandLine.arguments.dropFirst()
while let argument = arguments.popFirst() {
    switch argument {
    case "--quick": benchmark.isQuick = true
    case "--events": benchmark.eventsPath = arguments.popFirst()
    default: benchmark.filter = argument
    }
}
try benchmark.run { print($0) }
