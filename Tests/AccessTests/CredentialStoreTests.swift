import Access
import Testing

@Suite("Credentials")
struct CredentialStoreTests {
    private func fault(_ body: () throws(CredentialError) -> CredentialStore) -> CredentialError? {
        do throws(CredentialError) {
            _ = try body()
            return nil
        } catch {
            return error
        }
    }

    @Test("They come from the environment")
    func environment() throws {
        let store = try CredentialStore(environment: [
            "LAMBDALESS_ACCESS_KEY_ID": "A", "LAMBDALESS_SECRET_ACCESS_KEY": "S", "LAMBDALESS_SESSION_TOKEN": "T",
            "AWS_ACCESS_KEY_ID": "ignored",
        ])
        #expect(
            store["A"] == Credential(accessKeyID: "A", secretAccessKey: "S", sessionToken: "T", profile: "environment"))
        #expect(store["ignored"] == nil)
        #expect(try CredentialStore(environment: ["LAMBDALESS_ACCESS_KEY_ID": ""]).isEmpty)
    }

    @Test("Half of them in the environment is an error that names the other half")
    func halfEnvironment() {
        #expect(
            fault { () throws(CredentialError) in
                try CredentialStore(environment: ["LAMBDALESS_ACCESS_KEY_ID": "A"])
            }?.message.hasPrefix("LAMBDALESS_SECRET_ACCESS_KEY is not set") == true)
        #expect(
            fault { () throws(CredentialError) in
                try CredentialStore(environment: ["LAMBDALESS_SECRET_ACCESS_KEY": "A"])
            }?.message.hasPrefix("LAMBDALESS_ACCESS_KEY_ID is not set") == true)
    }

    @Test("A file has several profiles, comments, other settings and any line ends")
    func file() throws {
        let store = try CredentialStore(
            file: "\u{FEFF}# ours\r\n[default]\r\naws_access_key_id=A1\r\naws_secret_access_key = x/+=y \r\n\r\n"
                + "; theirs\n[profile second one]\n  AWS_ACCESS_KEY_ID = A2\n  aws_secret_access_key=z\n"
                + "aws_session_token = t==\ns3 =\n  aws_secret_access_key = nested\nregion = eu-west-1\n"
                + "[role]\nrole_arn = arn\n")
        #expect(store.profiles == ["default", "second one"])
        #expect(store["A1"] == Credential(accessKeyID: "A1", secretAccessKey: "x/+=y"))
        #expect(
            store["A2"]
                == Credential(accessKeyID: "A2", secretAccessKey: "z", sessionToken: "t==", profile: "second one"))
    }

    @Test(
        "A fault in a file is told with its line, and never with what stands there",
        arguments: [
            ("[a]\nSECRET", "line 2: expected [profile], name = value, or # and a comment"),
            ("\nx = SECRET", "line 2: a setting needs a heading above it, as in [default]"),
            ("[a", "line 1: a profile's heading ends with ], as in [default]"),
            ("[ ]", "line 1: a profile needs a name, as in [default]"),
            ("[a]\n=SECRET", "line 2: there is no name before the ="),
            ("[a]\nx=1\nx=2", "line 3: x is set twice in profile a; keep one of them"),
            ("[a]\n[b]\n[a]", "line 3: profile a is there already, in line 1"),
            ("[b]\n[a]\naws_access_key_id = A", "line 2: profile a has no aws_secret_access_key"),
            ("[a]\naws_secret_access_key = SECRET", "line 1: profile a has no aws_access_key_id"),
            (
                "[a]\naws_access_key_id=A\naws_secret_access_key=1\n[b]\naws_access_key_id=A\naws_secret_access_key=2",
                "line 4: profiles a and b have the same access key id, A; keep one of them"
            ),
        ])
    func faults(_ text: String, _ message: String) {
        let error = fault { () throws(CredentialError) in try CredentialStore(file: text) }
        #expect(error.map { "\($0)" } == message)
    }

    @Test("The text of a credential keeps its secret")
    func description() {
        let credential = Credential(accessKeyID: "A", secretAccessKey: "SECRET", sessionToken: "TOKEN", profile: "p")
        #expect("\(credential)" == "A (profile p)")
        #expect(String(reflecting: credential) == "A (profile p)")
    }

    @Test("Two stores become one unless they disagree")
    func merge() throws {
        var store = try CredentialStore(file: "[a]\naws_access_key_id=A\naws_secret_access_key=1")
        try store.merge(CredentialStore(file: "[b]\naws_access_key_id=B\naws_secret_access_key=2"))
        #expect(store.profiles == ["a", "b"])
        #expect(throws: CredentialError.self) {
            try store.merge(CredentialStore(file: "[c]\naws_access_key_id=A\naws_secret_access_key=3"))
        }
    }
}
