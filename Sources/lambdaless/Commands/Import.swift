import ArgumentParser

struct Import: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Publish the events of a file, one a line, such as `lambdaless export` writes.",
        discussion: """
            Events keep their source, detail-type, detail, resources, time, account and region, and get new ids. They \
            are sent in batches, each when the one before is stored; what the broker may have missed is sent again, \
            marked so that a broker takes it once. So a broker takes the same input once, too, when it is imported again \
            within five minutes, and it says how many were there already.
            Exits with 0 when all are published, with 1 when the broker took only some, with 2 when it could not be done.
            """)

    @Argument(help: "The file; - or nothing for stdin.")
    var file: String?

    @OptionGroup(title: "Broker") var options: BrokerOptions
    @OptionGroup var format: OutputOptions

    func validate() throws {
        if file == nil, Terminal.inputIsTerminal { throw ValidationError("give a file, or events on stdin") }
    }

    func run() async throws {
        let broker = try options.broker(.eventBridge)
        let upload = BatchUpload(broker: broker, input: BatchInput(try InputFile(path: file ?? "-")))
        try await upload.run().show(format.output, verb: "imported")
    }
}
