import Access
import ArgumentParser
import Client

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Which broker to ask, and as whom. What is not given comes from the environment.
struct BrokerOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "URL of the broker (http://127.0.0.1:8080).",
            discussion: "Else LAMBDALESS_ENDPOINT_URL or AWS_ENDPOINT_URL. A path in it names the stage."))
    var endpointURL: String?

    @Option(help: "Stage of the broker (dev). Else LAMBDALESS_STAGE.")
    var stage: String?

    @Option(help: "Access key id to sign with. Else LAMBDALESS_ACCESS_KEY_ID or AWS_ACCESS_KEY_ID.")
    var accessKeyID: String?

    @Option(help: "Its secret; better in LAMBDALESS_SECRET_ACCESS_KEY or AWS_SECRET_ACCESS_KEY.")
    var secretAccessKey: String?

    @Option(help: "Its session token, if it has one.")
    var sessionToken: String?

    @Option(help: "Region to sign for. Else AWS_REGION, AWS_DEFAULT_REGION or us-east-1.")
    var region: String?

    @Flag(name: .customLong("no-sign-request"), help: "Sign nothing, whatever credentials there are.")
    var isUnsigned = false

    /// The name of the service in `AWS_ENDPOINT_URL_…`, by which AWS's tools find their endpoint.
    enum Service: String {
        case eventBridge = "EVENTBRIDGE"
        case callback = "APIGATEWAYMANAGEMENTAPI"
    }

    /// The broker that the options and the environment name.
    /// - Throws: ``CommandFailure``.
    func broker(_ service: Service) throws -> RemoteBroker {
        let url =
            endpointURL ?? Environment.value("LAMBDALESS_ENDPOINT_URL")
            ?? Environment.value("AWS_ENDPOINT_URL_\(service.rawValue)") ?? Environment.value("AWS_ENDPOINT_URL")
            ?? "http://127.0.0.1:8080"
        let endpoint: Endpoint
        do {
            endpoint = try Endpoint(url)
        } catch {
            throw CommandFailure("\(error)")
        }
        if let stage, !endpoint.path.isEmpty, endpoint.path != "/\(stage)" {
            throw CommandFailure(
                "the endpoint \(endpoint) has the path \(endpoint.path) already; leave out its path or --stage \(stage)"
            )
        }
        let base =
            endpoint.path.isEmpty
            ? "/\(try pathSegment(stage ?? Environment.value("LAMBDALESS_STAGE") ?? "dev"))" : endpoint.path
        let signer = try credential().map { credential in
            RequestSigner(
                credential: credential,
                region: region ?? Environment.value("AWS_REGION") ?? Environment.value("AWS_DEFAULT_REGION")
                    ?? "us-east-1")
        }
        return RemoteBroker(
            http: HTTPClient(endpoint: endpoint, signer: signer, clock: { Int64(time(nil)) }), stagePath: base)
    }

    /// Stage names are `[A-Za-z0-9_-]{1,128}`, as API Gateway has them, so none needs encoding.
    private func pathSegment(_ stage: String) throws -> String {
        let isName = stage.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        guard isName, (1...128).contains(stage.utf8.count) else {
            throw CommandFailure("'\(stage)' is not the name of a stage: letters, digits, _ and -")
        }
        return stage
    }

    private func credential() throws -> Credential? {
        if isUnsigned { return nil }
        if accessKeyID != nil || secretAccessKey != nil {
            guard let accessKeyID, let secretAccessKey else {
                throw CommandFailure("--access-key-id and --secret-access-key go together")
            }
            return Credential(
                accessKeyID: accessKeyID, secretAccessKey: secretAccessKey, sessionToken: sessionToken,
                profile: "command line")
        }
        for prefix in ["LAMBDALESS", "AWS"] {
            let names = ["ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN"].map { "\(prefix)_\($0)" }
            let environment = names.reduce(into: [:]) { $0[$1] = Environment.value($1) }
            do {
                if let credential = try Credential(environment: environment, prefix: prefix) { return credential }
            } catch {
                throw CommandFailure("\(error)")
            }
        }
        return nil
    }
}
